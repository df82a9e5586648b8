import type ts from 'typescript';
import { nearestName } from '../pool/nearest-name.js';
import { type CodegenError, errorAt, errorIn } from './codegen-error.js';
import type { SourceProgram } from './source-program.js';

/** The type to wrap, and how the source exports it. */
export interface ClientType {
  /** What it is known by: its last name, or that of the class that is the default export. */
  readonly name: string;
  /** How the source exports it: `['default']`, `['Namespace', 'Client']`. */
  readonly path: readonly string[];
  readonly symbol: ts.Symbol;
  readonly declaration: ts.Declaration;
  readonly type: ts.Type;
  readonly typeParameters: readonly ts.TypeParameter[];
}

/**
 * Finds an exported type by its name, also within namespaces and under the name a default export has in its file.
 * @throws CodegenError with the nearest names, or saying that it is not exported
 */
export function findClientType(source: SourceProgram, name: string): ClientType {
  const { ts, checker } = source;
  let scope = source.module;
  const path: string[] = [];
  for (const part of name.split('.')) {
    const exported = exportedAs(source, scope, part);
    if (exported === undefined) throw notFound(source, scope, part, name);
    path.push(exported.name);
    scope = target(source, exported);
  }
  const symbol = scope;
  const declaration = symbol.declarations?.find(
    (node) => ts.isInterfaceDeclaration(node) || ts.isClassLike(node) || ts.isTypeAliasDeclaration(node),
  );
  if (declaration === undefined) {
    throw at(
      source,
      symbol,
      `'${name}' is no interface, class or type alias: declare one, such as ` +
        `export type ${capital(name)}Client = typeof ${name};`,
    );
  }
  const own = (declaration as ts.ClassLikeDeclaration).name?.text;
  return {
    name: path.at(-1) === 'default' ? (own ?? 'Client') : path.at(-1)!,
    path,
    symbol,
    declaration,
    type: checker.getDeclaredTypeOfSymbol(symbol),
    typeParameters: (
      (declaration as ts.InterfaceDeclaration | ts.ClassLikeDeclaration | ts.TypeAliasDeclaration)
        .typeParameters ?? []
    ).map((parameter) => checker.getTypeAtLocation(parameter) as ts.TypeParameter),
  };
}

function exportedAs(source: SourceProgram, scope: ts.Symbol, name: string): ts.Symbol | undefined {
  const exports = source.checker.getExportsOfModule(scope);
  return (
    exports.find((symbol) => symbol.name === name) ??
    exports.find((symbol) => symbol.name === 'default' && localName(source, symbol) === name)
  );
}

/** What the default export is called in its own file. */
function localName(source: SourceProgram, symbol: ts.Symbol): string | undefined {
  const { name, declarations } = target(source, symbol);
  if (name !== 'default') return name;
  const named = declarations?.find(
    (node) => source.ts.isClassDeclaration(node) || source.ts.isInterfaceDeclaration(node),
  );
  return (named as ts.ClassDeclaration | undefined)?.name?.text;
}

function target({ ts, checker }: SourceProgram, symbol: ts.Symbol): ts.Symbol {
  return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
}

function notFound(source: SourceProgram, scope: ts.Symbol, part: string, whole: string): CodegenError {
  const { ts, checker, file } = source;
  const inner = [...file.statements].find(
    (node) =>
      (ts.isInterfaceDeclaration(node) || ts.isClassDeclaration(node) || ts.isTypeAliasDeclaration(node)) &&
      node.name?.text === part,
  );
  if (scope === source.module && inner !== undefined) {
    return place(source, inner, `'${part}' is not exported: write export before it`);
  }
  const names = checker
    .getExportsOfModule(scope)
    .filter((symbol) => target(source, symbol).flags & (ts.SymbolFlags.Type | ts.SymbolFlags.Namespace))
    .map(({ name }) => name);
  const near = nearestName(part, names);
  return errorIn(
    source.shown(file.fileName),
    `there is no type '${whole}'${near === undefined ? listed(names) : ` (did you mean '${near}'?)`}`,
  );
}

/** Lists this many of the names there are. */
const MOST_NAMES = 12;

function listed(names: readonly string[]): string {
  if (names.length === 0) return ': it exports no types';
  const more = names.length > MOST_NAMES ? `, and ${names.length - MOST_NAMES} more` : '';
  return ` (it exports ${[...names].sort().slice(0, MOST_NAMES).join(', ')}${more})`;
}

function capital(name: string): string {
  const last = name.split('.').at(-1)!;
  return last.charAt(0).toUpperCase() + last.slice(1);
}

/** An error about a symbol, at its declaration. */
export function at(source: SourceProgram, symbol: ts.Symbol, message: string): CodegenError {
  const node = symbol.declarations?.[0];
  return node === undefined
    ? errorIn(source.shown(source.file.fileName), message)
    : place(source, node, message);
}

function place(source: SourceProgram, node: ts.Node, message: string): CodegenError {
  return errorAt(node, message, source.shown(node.getSourceFile().fileName));
}
