import type ts from 'typescript';
import type { Method, Overload } from './collect-members.js';
import { at } from './find-client-type.js';
import type { SourceProgram } from './source-program.js';
import type { TypeWriter } from './type-writer.js';
import { UnnamedTypeError } from './unnamed-type-error.js';

/** A signature as the output has it. */
export interface WrittenSignature {
  readonly doc: readonly string[];
  /** `<T>`, or nothing. */
  readonly typeParameters: string;
  readonly parameters: readonly WrittenParameter[];
  /** Always a promise. */
  readonly returns: string;
}

/** A parameter as the output has it. */
export interface WrittenParameter {
  readonly name: string;
  readonly type: string;
  readonly optional: boolean;
  readonly rest: boolean;
}

/** A signature that was read, its types not yet written. */
export interface SignatureNodes {
  readonly overload: Overload;
  readonly doc: readonly string[];
  readonly typeParameters: readonly ts.TypeParameterDeclaration[];
  readonly parameters: readonly ts.ParameterDeclaration[];
  /** What its promise is of. */
  readonly result: ts.TypeNode;
  /** Whether `Cluster.do` gives that promise as it is; it does not know that `Awaited<T>` is meant to be `T`. */
  readonly exact: boolean;
}

/** Turns the signatures of a method into what the output declares: the callbacks' twins with promises included. */
export function readSignatures(source: SourceProgram, method: Method): SignatureNodes[] {
  const promised = method.overloads.some(({ callback }) => callback === undefined);
  return method.overloads.flatMap((overload) => {
    const nodes = nodesOf(source, method, overload);
    if (promised || !hasTwin(overload, nodes)) return [nodes];
    return [nodes, twinOf(source, nodes)];
  });
}

/** Whether a call without its callback is given as a promise of what that would be called with. */
function hasTwin({ callback, returns }: Overload, { parameters }: SignatureNodes): boolean {
  return callback !== undefined && returns === 'value' && parameters.at(-1)?.questionToken === undefined;
}

function twinOf(source: SourceProgram, nodes: SignatureNodes): SignatureNodes {
  const { ts } = source;
  const { result } = nodes.overload.callback!;
  const node =
    result === undefined
      ? ts.factory.createKeywordTypeNode(ts.SyntaxKind.VoidKeyword)
      : withoutUndefined(ts, typeNode(source, result));
  return { ...nodes, parameters: nodes.parameters.slice(0, -1), result: node, exact: false };
}

function nodesOf(source: SourceProgram, method: Method, overload: Overload): SignatureNodes {
  const { ts, checker, scope } = source;
  const { signature, doc } = overload;
  const declared = checker.signatureToSignatureDeclaration(
    signature,
    ts.SyntaxKind.MethodSignature,
    scope,
    flagsOf(source),
  );
  if (declared === undefined)
    throw at(source, method.symbol, `'${method.name}' has a signature that cannot be read`);
  const returned = signature.getReturnType();
  const awaited = checker.getAwaitedType(returned) ?? returned;
  const [inner] = isPromise(returned) ? checker.getTypeArguments(returned as ts.TypeReference) : [];
  let result = typeNode(source, inner ?? awaited);
  if (method.optional) {
    result = ts.factory.createUnionTypeNode([
      result,
      ts.factory.createKeywordTypeNode(ts.SyntaxKind.UndefinedKeyword),
    ]);
  }
  return {
    overload,
    doc,
    typeParameters: declared.typeParameters ?? [],
    parameters: declared.parameters.filter(({ name }) => !(ts.isIdentifier(name) && name.text === 'this')),
    result,
    exact: inner === undefined || inner === awaited,
  };
}

function isPromise(type: ts.Type): boolean {
  return type.symbol?.name === 'Promise' && type.aliasSymbol === undefined;
}

function typeNode(source: SourceProgram, type: ts.Type): ts.TypeNode {
  return source.checker.typeToTypeNode(type, source.scope, flagsOf(source))!;
}

function flagsOf({ ts }: SourceProgram): ts.NodeBuilderFlags {
  const { NoTruncation, IgnoreErrors, UseSingleQuotesForStringLiteralType } = ts.NodeBuilderFlags;
  return NoTruncation | IgnoreErrors | UseSingleQuotesForStringLiteralType;
}

function withoutUndefined(ts: SourceProgram['ts'], node: ts.TypeNode): ts.TypeNode {
  if (!ts.isUnionTypeNode(node)) return node;
  const left = node.types.filter(({ kind }) => kind !== ts.SyntaxKind.UndefinedKeyword);
  return left.length === 1 ? left[0]! : ts.factory.createUnionTypeNode(left);
}

/** @throws CodegenError for types that the output cannot name */
export function writeSignatures(
  source: SourceProgram,
  writer: TypeWriter,
  method: Method,
  read: readonly SignatureNodes[],
  classParameters: readonly string[],
): WrittenSignature[] {
  try {
    return read.map((nodes) => writeSignature(source, writer, nodes, classParameters));
  } catch (error) {
    if (!(error instanceof UnnamedTypeError)) throw error;
    throw at(
      source,
      method.symbol,
      `the type '${error.typeName}' of '${method.name}' is not exported: write export before it`,
    );
  }
}

function writeSignature(
  { ts }: SourceProgram,
  writer: TypeWriter,
  { doc, typeParameters, parameters, result }: SignatureNodes,
  classParameters: readonly string[],
): WrittenSignature {
  const names = new Set([...classParameters, ...typeParameters.map(({ name }) => name.text)]);
  const generics = typeParameters.map((parameter) => writer.write(parameter, names));
  return {
    doc,
    typeParameters: generics.length === 0 ? '' : `<${generics.join(', ')}>`,
    parameters: parameters.map(({ name, type, questionToken, dotDotDotToken }, index) => ({
      name: ts.isIdentifier(name) ? name.text : `options${index === 0 ? '' : index + 1}`,
      type: type === undefined ? 'unknown' : writer.write(type, names),
      optional: questionToken !== undefined,
      rest: dotDotDotToken !== undefined,
    })),
    returns: `Promise<${writer.write(result, names)}>`,
  };
}
