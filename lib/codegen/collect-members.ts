import type ts from 'typescript';
import { type CallShape, readShape } from './call-shape.js';
import type { ClientType } from './find-client-type.js';
import { at } from './find-client-type.js';
import { readDoc } from './read-doc.js';
import type { SourceProgram } from './source-program.js';

/** A method to wrap. */
export interface Method {
  readonly name: string;
  readonly symbol: ts.Symbol;
  /** Whether a client may lack it. */
  readonly optional: boolean;
  readonly overloads: readonly Overload[];
}

/** One signature of a method. */
export interface Overload extends CallShape {
  readonly signature: ts.Signature;
  /** Its TSDoc, a line each. */
  readonly doc: readonly string[];
}

/** A member that is not wrapped, and why. */
export interface LeftOut {
  readonly name: string;
  readonly why: string;
}

/** What the type has. */
export interface Members {
  readonly methods: readonly Method[];
  readonly leftOut: readonly LeftOut[];
}

/**
 * Sorts the members of the type, inherited ones included, in the order they are declared in.
 * @param taken the members of the wrapper itself, and what they are called there
 * @throws CodegenError when there is nothing to wrap
 */
export function collectMembers(
  source: SourceProgram,
  client: ClientType,
  taken: ReadonlySet<string>,
): Members {
  const { checker } = source;
  const methods: Method[] = [];
  const leftOut: LeftOut[] = [];
  for (const symbol of checker.getPropertiesOfType(client.type)) {
    const name = nameOf(source, symbol);
    const why = reasonToLeaveOut(source, symbol, taken);
    if (why === undefined) methods.push(methodOf(source, symbol));
    else leftOut.push({ name, why });
  }
  leftOut.push(...statics(source, client));
  if (methods.length > 0) return { methods, leftOut };
  const has =
    leftOut.length === 0
      ? 'no members at all'
      : leftOut.map(({ name, why }) => `${name} is ${why}`).join('; ');
  throw at(source, client.symbol, `'${client.name}' has no public methods to wrap (${has})`);
}

function reasonToLeaveOut(
  source: SourceProgram,
  symbol: ts.Symbol,
  taken: ReadonlySet<string>,
): string | undefined {
  const { ts } = source;
  const modifiers = modifiersOf(source, symbol);
  if (symbol.name.startsWith('#') || modifiers & ts.ModifierFlags.Private) return 'private';
  if (modifiers & ts.ModifierFlags.Protected) return 'protected';
  if (symbol.flags & ts.SymbolFlags.Accessor) return 'an accessor';
  if (!isMethod(source, symbol)) return 'a field';
  if (symbol.name.startsWith('__@')) return 'named by a symbol';
  if (symbol.name === 'then') return 'what would make the wrapper a promise';
  if (taken.has(symbol.name)) return "the name of the wrapper's own member";
  return undefined;
}

/** Methods, and the functions that an interface or an object type has; a field of a class may be set anew. */
function isMethod(source: SourceProgram, symbol: ts.Symbol): boolean {
  const { ts } = source;
  if (symbol.declarations?.some((node) => ts.isPropertyDeclaration(node) || ts.isParameter(node)))
    return false;
  return callsOf(source, symbol).length > 0;
}

function callsOf({ ts, checker, scope }: SourceProgram, symbol: ts.Symbol): readonly ts.Signature[] {
  const type = checker.getNonNullableType(checker.getTypeOfSymbolAtLocation(symbol, scope));
  return checker.getSignaturesOfType(type, ts.SignatureKind.Call);
}

function methodOf(source: SourceProgram, symbol: ts.Symbol): Method {
  const calls = callsOf(source, symbol);
  const overloads = calls.map((signature) => ({
    signature,
    doc: readDoc(source.ts, signature.declaration ?? symbol.declarations?.[0]),
    ...readShape(source, signature),
  }));
  const optional = (symbol.flags & source.ts.SymbolFlags.Optional) !== 0;
  return { name: symbol.name, symbol, optional, overloads };
}

function statics(source: SourceProgram, { symbol, declaration }: ClientType): LeftOut[] {
  const { ts, checker } = source;
  if (!ts.isClassLike(declaration)) return [];
  return checker
    .getPropertiesOfType(checker.getTypeOfSymbolAtLocation(symbol, declaration))
    .filter((member) => modifiersOf(source, member) & ts.ModifierFlags.Static)
    .map((member) => ({ name: nameOf(source, member), why: 'static' }));
}

function modifiersOf({ ts }: SourceProgram, symbol: ts.Symbol): ts.ModifierFlags {
  const [first] = symbol.declarations ?? [];
  return first === undefined ? 0 : ts.getCombinedModifierFlags(first);
}

/** As it stands in the source: names that are symbols have another one within the compiler. */
function nameOf({ ts }: SourceProgram, symbol: ts.Symbol): string {
  if (!symbol.name.startsWith('__@')) return symbol.name;
  const [first] = symbol.declarations ?? [];
  return (first && ts.getNameOfDeclaration(first)?.getText()) ?? symbol.name;
}
