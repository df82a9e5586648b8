import { isBuiltin } from 'node:module';
import path from 'node:path';
import type ts from 'typescript';
import { type SourceProgram, slashed } from './source-program.js';

/** A module as the output imports it, and the export's name there. */
export interface ExportPlace {
  readonly specifier: string;
  /** Undefined for the module as a whole. */
  readonly name: string | undefined;
  /** What a default export is called where it is declared. */
  readonly declaredName?: string | undefined;
}

/** Finds out from where the output can import what the source's types are made of. */
export class ModuleSpecifiers {
  readonly #source: SourceProgram;
  readonly #from: string;
  #imported: readonly string[] | undefined;

  /** @param output the absolute path of the output */
  constructor(source: SourceProgram, output: string) {
    this.#source = source;
    this.#from = path.dirname(output);
  }

  /** Of the source itself. */
  get ofSource(): string {
    return this.#source.packageName ?? this.#relative(this.#source.file.fileName);
  }

  /**
   * The first place of the source, the file that declares it and its package's entries that exports it.
   * @param file the name of a module, or of a file that the compiler gives for one
   * @param name the export's name there; undefined for the module as a whole
   */
  find(file: string, name: string | undefined): ExportPlace | undefined {
    const module = this.#sourceFile(file);
    if (module === undefined) return { specifier: ambient(file), name };
    const { checker } = this.#source;
    const moduleSymbol = checker.getSymbolAtLocation(module);
    const wanted = moduleSymbol && name && this.#exported(moduleSymbol, name);
    for (const specifier of this.#candidates(module.fileName)) {
      const target = this.#fileOf(specifier);
      if (target === undefined) continue;
      if (name === undefined) {
        if (target === module) return { specifier, name };
        continue;
      }
      const found = wanted && this.#nameIn(target, wanted, name);
      if (found) return { specifier, name: found, declaredName: this.#declaredName(wanted) };
    }
    return undefined;
  }

  *#candidates(fileName: string): Iterable<string> {
    yield this.ofSource;
    const { packageName, rest } = inPackage(fileName) ?? {};
    if (packageName === undefined) return yield this.#relative(fileName);
    yield packageName;
    yield* this.#importedSpecifiers().filter((specifier) => specifier.startsWith(`${packageName}/`));
    yield `${packageName}/${rest}`;
  }

  #fileOf(specifier: string): ts.SourceFile | undefined {
    const { program, file, resolve } = this.#source;
    if (specifier === this.ofSource) return file;
    const fileName = specifier.startsWith('.')
      ? this.#declared(path.resolve(this.#from, specifier))
      : resolve(specifier);
    return fileName === undefined ? undefined : program.getSourceFile(fileName);
  }

  /** The file behind a relative specifier. */
  #declared(scriptName: string): string | undefined {
    const stem = scriptName.replace(/\.[mc]?js$/, '');
    const kind = /\.([mc]?)js$/.exec(scriptName)?.[1] ?? '';
    const endings = kind === '' ? ['.ts', '.tsx', '.d.ts'] : [`.${kind}ts`, `.d.${kind}ts`];
    return [...endings, '/index.ts', '/index.d.ts']
      .map((ending) => slashed(stem + ending))
      .find((name) => this.#source.program.getSourceFile(name) !== undefined);
  }

  #nameIn(target: ts.SourceFile, wanted: ts.Symbol, name: string): string | undefined {
    const { checker } = this.#source;
    const module = checker.getSymbolAtLocation(target);
    if (module === undefined) return undefined;
    const names = checker
      .getExportsOfModule(module)
      .filter((symbol) => this.#target(symbol) === wanted)
      .map((symbol) => symbol.name);
    if (names.includes(name) && name !== 'default') return name;
    // A default export reads differently from CommonJS and from ES modules; any other name does not.
    return names.find((other) => other !== 'default') ?? names[0];
  }

  #exported(module: ts.Symbol, name: string): ts.Symbol | undefined {
    const found = this.#source.checker.getExportsOfModule(module).find((symbol) => symbol.name === name);
    return found && this.#target(found);
  }

  #target(symbol: ts.Symbol): ts.Symbol {
    const { ts, checker } = this.#source;
    return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  }

  #declaredName({ name, declarations }: ts.Symbol): string | undefined {
    if (name !== 'default') return name;
    const { ts } = this.#source;
    const named = declarations
      ?.map((node) => ts.getNameOfDeclaration(node))
      .find((node) => node !== undefined);
    return named && ts.isIdentifier(named) ? named.text : undefined;
  }

  /** What the compiler means: a path from the scope, what a package offers, a file, or a module without one. */
  #sourceFile(file: string): ts.SourceFile | undefined {
    const { program, scope, resolve } = this.#source;
    if (file.startsWith('.')) return this.#declaredFile(path.resolve(path.dirname(scope.fileName), file));
    const found = program.getSourceFile(file) ?? program.getSourceFile(resolve(file) ?? file);
    return found ?? this.#declaredFile(file);
  }

  #declaredFile(stem: string): ts.SourceFile | undefined {
    const found = this.#declared(stem);
    return found === undefined ? undefined : this.#source.program.getSourceFile(found);
  }

  /** What the source's own files import: the entries of packages that are known to be there. */
  #importedSpecifiers(): readonly string[] {
    const { ts, program } = this.#source;
    this.#imported ??= [
      ...new Set(
        program
          .getSourceFiles()
          .filter(({ fileName }) => inPackage(fileName) === undefined)
          .flatMap(({ statements }) => [...statements])
          .flatMap((node) =>
            ts.isImportDeclaration(node) || ts.isExportDeclaration(node) ? [node.moduleSpecifier] : [],
          )
          .flatMap((specifier) =>
            specifier !== undefined && ts.isStringLiteral(specifier) ? [specifier.text] : [],
          ),
      ),
    ].sort();
    return this.#imported;
  }

  #relative(fileName: string): string {
    const relative = path.relative(this.#from, fileName).replaceAll(path.sep, '/');
    const script = relative.replace(/(?:\.d)?\.([mc]?)tsx?$/, '.$1js');
    return script.startsWith('.') ? script : `./${script}`;
  }
}

/** A module without a file: one of Node's, mostly. */
function ambient(name: string): string {
  return isBuiltin(name) && !name.startsWith('node:') ? `node:${name}` : name;
}

/** The package that a file belongs to, and its path there as an import has it. */
function inPackage(fileName: string): { packageName: string; rest: string } | undefined {
  const [, scope, name, rest = ''] = /^.*\/node_modules\/(?:(@[^/]+)\/)?([^/]+)\/(.*)$/.exec(fileName) ?? [];
  if (name === undefined) return undefined;
  const packageName =
    scope === '@types'
      ? name.replace(/^(.+)__(.+)$/, '@$1/$2')
      : scope === undefined
        ? name
        : `${scope}/${name}`;
  return { packageName, rest: rest.replace(/\.d\.([mc]?)ts$/, '.$1js') };
}
