import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import type { CodeBlock } from './code-blocks.js';
import type { Surroundings } from './surroundings.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** A reader's settings: strict, Node.js, ES modules. */
const OPTIONS: ts.CompilerOptions = {
  strict: true,
  noEmit: true,
  skipLibCheck: true,
  esModuleInterop: true,
  target: ts.ScriptTarget.ES2022,
  lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts'],
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  moduleDetection: ts.ModuleDetectionKind.Force,
  types: ['node'],
};

/**
 * Type-checks blocks, each as a module of its own, in one run of the compiler; what they import from this package is
 * what `dist/` has. No file is written.
 * @returns one line per error, with the document and the line in it
 */
export function typeErrors(
  blocks: readonly CodeBlock[],
  surroundings: Readonly<Record<string, Surroundings>>,
): string[] {
  const files = new Map<string, { block: CodeBlock; text: string }>();
  for (const [i, block] of blocks.entries()) {
    const { folder = '.', declarations = '' } = surroundings[block.document] ?? {};
    // After the code, so that its lines keep their numbers.
    const text = `${block.code}\n${declarations}`;
    files.set(join(root, folder, `code-block-${i}.ts`), { block, text });
  }
  const program = ts.createProgram([...files.keys()], OPTIONS, hostWith(files));
  return ts.getPreEmitDiagnostics(program).map((diagnostic) => {
    const { file, start = 0 } = diagnostic;
    const message = ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n');
    const block = file && files.get(file.fileName)?.block;
    if (file === undefined || block === undefined) return `${file?.fileName}: ${message}`;
    const { line } = file.getLineAndCharacterOfPosition(start);
    return `${block.document}:${block.line + line}: ${message}`;
  });
}

/** The compiler's usual view of the disk, with the files that are only in memory. */
function hostWith(files: ReadonlyMap<string, { readonly text: string }>): ts.CompilerHost {
  const host = ts.createCompilerHost(OPTIONS);
  const { fileExists, readFile, getSourceFile } = host;
  return {
    ...host,
    getCurrentDirectory: () => root,
    fileExists: (name) => files.has(name) || fileExists(name),
    readFile: (name) => files.get(name)?.text ?? readFile(name),
    getSourceFile: (name, options, ...rest) => {
      const text = files.get(name)?.text;
      return text === undefined
        ? getSourceFile(name, options, ...rest)
        : ts.createSourceFile(name, text, options);
    },
  };
}
