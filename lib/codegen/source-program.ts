import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import type ts from 'typescript';
import { nearestName } from '../pool/nearest-name.js';
import { CodegenError } from './codegen-error.js';
import type { TypeScript } from './load-typescript.js';

/** The source as the compiler sees it. */
export interface SourceProgram {
  readonly ts: TypeScript;
  readonly program: ts.Program;
  readonly checker: ts.TypeChecker;
  /** The file that exports the type. */
  readonly file: ts.SourceFile;
  /** The file's exports. */
  readonly module: ts.Symbol;
  /** The package that was named as the source; undefined for a file. */
  readonly packageName: string | undefined;
  /** An empty module: types are printed as they read from one that declares nothing of its own. */
  readonly scope: ts.SourceFile;
  /** What a module specifier in the output leads to. */
  resolve(specifier: string): string | undefined;
  /** The file as messages and headers name it. */
  shown(fileName: string): string;
}

/**
 * Reads the source and what it imports. Nothing of it is run.
 * @param output the absolute path of a file to write: packages are looked up from there
 * @throws CodegenError for a source that is not there, is no module, or whose tsconfig.json cannot be read
 */
export function readSource(ts: TypeScript, source: string, output: string, cwd: string): SourceProgram {
  const asFile = sourceFileName(source, cwd);
  const options = compilerOptions(ts, asFile ?? path.join(cwd, 'package.json'), cwd);
  const scopeName = slashed(path.join(path.dirname(output), `connpool-codegen-${process.pid}.mts`));
  const host = hostWith(ts, options, scopeName);
  const resolve = (specifier: string) =>
    ts.resolveModuleName(specifier, scopeName, options, host, undefined, undefined, ts.ModuleKind.ESNext)
      .resolvedModule?.resolvedFileName;
  const shown = (fileName: string) => slashed(path.relative(cwd, fileName));
  const fileName = asFile ?? packageTypes(ts, source, cwd, options, host);
  const program = ts.createProgram([slashed(fileName), scopeName], options, host);
  const checker = program.getTypeChecker();
  const file = program.getSourceFile(slashed(fileName));
  if (file === undefined) throw new CodegenError(`--source ${source} cannot be read`);
  const module = checker.getSymbolAtLocation(file);
  if (module === undefined) {
    throw new CodegenError(`${shown(fileName)}:1: it is no module: export the type from it`);
  }
  const packageName = asFile === undefined ? source : undefined;
  return {
    ts,
    program,
    checker,
    file,
    module,
    packageName,
    scope: program.getSourceFile(scopeName)!,
    resolve,
    shown,
  };
}

const ENDINGS = ['', '.ts', '.mts', '.cts', '.tsx', '.d.ts', '/index.ts', '/index.d.ts'];

/** The TypeScript file that `source` names; undefined when it names a package. */
function sourceFileName(source: string, cwd: string): string | undefined {
  const given = path.resolve(cwd, source);
  const found = candidates(given).find(isFile);
  if (found !== undefined) {
    if (/\.[mc]?[jt]sx?$/.test(found)) return found;
    throw new CodegenError(`--source ${source} is no TypeScript file`);
  }
  if (isFile(given)) {
    throw new CodegenError(
      `--source ${source} is JavaScript without types: give the file that declares them, or a .d.ts beside it`,
    );
  }
  if (!/^\.{0,2}[/\\]|^\.{1,2}$|\.[mc]?[jt]sx?$/.test(source) && !path.isAbsolute(source)) return undefined;
  const beside = existsSync(path.dirname(given)) ? readdirSync(path.dirname(given)) : [];
  const near = nearestName(path.basename(given), beside);
  throw new CodegenError(
    `--source ${source} does not exist${near === undefined ? '' : ` (did you mean '${slashed(path.join(path.dirname(source), near))}'?)`}`,
  );
}

/** For a JavaScript file, what declares its types. */
function candidates(given: string): string[] {
  const script = /^(?<stem>.*)\.(?<kind>[mc]?)js$/.exec(given)?.groups;
  if (script === undefined) return ENDINGS.map((ending) => given + ending);
  return ['.ts', '.d.ts'].map((ending) => `${script.stem}${ending.replace('ts', `${script.kind}ts`)}`);
}

function isFile(fileName: string): boolean {
  return statSync(fileName, { throwIfNoEntry: false })?.isFile() === true;
}

function packageTypes(
  ts: TypeScript,
  name: string,
  cwd: string,
  options: ts.CompilerOptions,
  host: ts.CompilerHost,
): string {
  const from = slashed(path.join(cwd, 'connpool-codegen.mts'));
  const { resolvedModule } = ts.resolveModuleName(
    name,
    from,
    options,
    host,
    undefined,
    undefined,
    ts.ModuleKind.ESNext,
  );
  if (resolvedModule !== undefined && !/\.[mc]?jsx?$/.test(resolvedModule.resolvedFileName)) {
    return resolvedModule.resolvedFileName;
  }
  throw new CodegenError(
    resolvedModule === undefined
      ? `--source ${name} is neither a file nor an installed package (for a file, write ./${name})`
      : `--source ${name} is a package without types: npm install --save-dev @types/${name.replace(/^@/, '').replace('/', '__')}`,
  );
}

/** What the nearest tsconfig.json says, or strict and modern without one. */
function compilerOptions(ts: TypeScript, from: string, cwd: string): ts.CompilerOptions {
  const config = ts.findConfigFile(path.dirname(from), ts.sys.fileExists);
  const fixed: ts.CompilerOptions = {
    noEmit: true,
    skipLibCheck: true,
    incremental: false,
    composite: false,
  };
  if (config === undefined || from.includes('node_modules')) {
    return {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      strict: true,
      ...fixed,
    };
  }
  const { config: json, error } = ts.readConfigFile(config, ts.sys.readFile);
  if (error !== undefined) {
    throw new CodegenError(`${slashed(path.relative(cwd, config))}: ${flat(ts, error)}`);
  }
  // The files that it includes play no part.
  const noFiles: ts.ParseConfigHost = { ...ts.sys, readDirectory: () => [] };
  const { options } = ts.parseJsonConfigFileContent(json, noFiles, path.dirname(config));
  return { ...options, ...fixed, declaration: false, declarationMap: false, emitDeclarationOnly: false };
}

function flat(ts: TypeScript, { messageText }: ts.Diagnostic): string {
  return ts.flattenDiagnosticMessageText(messageText, ' ');
}

function hostWith(ts: TypeScript, options: ts.CompilerOptions, scopeName: string): ts.CompilerHost {
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (name) => name === scopeName || fileExists(name);
  host.readFile = (name) => (name === scopeName ? SCOPE : readFile(name));
  host.getSourceFile = (name, version, ...rest) =>
    name === scopeName
      ? ts.createSourceFile(name, SCOPE, version, true)
      : getSourceFile(name, version, ...rest);
  return host;
}

const SCOPE = 'export {};\n';

/** A path the way the compiler writes it. */
export function slashed(fileName: string): string {
  return path.sep === '\\' ? fileName.replaceAll('\\', '/') : fileName;
}
