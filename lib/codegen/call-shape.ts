import type ts from 'typescript';
import type { SourceProgram } from './source-program.js';

/** What a signature means for the length of its call. */
export interface CallShape {
  /** Its last parameter is (or has, as an option) an AbortSignal. */
  readonly signal: 'signal' | 'option' | undefined;
  /** Its last parameter is a callback that ends the call, called with an error or a result. */
  readonly callback: Callback | undefined;
  /** When a call ends that has returned: at once, with the iteration, or with the stream. */
  readonly returns: 'value' | 'iterable' | 'stream';
}

/** A callback that ends its call. */
export interface Callback {
  /** What it is called with beside the error; undefined: nothing. */
  readonly result: ts.Type | undefined;
}

/** Reads a signature. */
export function readShape(source: SourceProgram, signature: ts.Signature): CallShape {
  const parameters = signature.getParameters();
  const isRest = hasRest(source, signature);
  const returned = signature.getReturnType();
  // Where a promise is declared besides, the call ends with that.
  const isPromised = source.checker.getAwaitedType(returned) !== returned;
  const callback = isRest || isPromised ? undefined : callbackOf(source, parameters.at(-1));
  const last = isRest ? undefined : parameters.at(callback === undefined ? -1 : -2);
  return {
    signal: last === undefined ? undefined : signalOf(source, typeOf(source, last)),
    callback,
    returns: kindOf(source, returned),
  };
}

function hasRest({ ts }: SourceProgram, signature: ts.Signature): boolean {
  const last = signature.getDeclaration()?.parameters.at(-1);
  return last !== undefined && ts.isParameter(last) && last.dotDotDotToken !== undefined;
}

function typeOf({ checker, scope }: SourceProgram, parameter: ts.Symbol): ts.Type {
  return checker.getNonNullableType(checker.getTypeOfSymbolAtLocation(parameter, scope));
}

/** `(error, result?) => void`, as Node has it. */
function callbackOf(source: SourceProgram, parameter: ts.Symbol | undefined): Callback | undefined {
  if (parameter === undefined) return undefined;
  const { ts, checker, scope } = source;
  const type = typeOf(source, parameter);
  const calls = checker.getSignaturesOfType(type, ts.SignatureKind.Call);
  const [call] = calls;
  if (call === undefined || calls.length > 1) return undefined;
  if (
    !(
      call.getReturnType().flags &
      (ts.TypeFlags.Void | ts.TypeFlags.Undefined | ts.TypeFlags.Unknown | ts.TypeFlags.Any)
    )
  ) {
    return undefined;
  }
  const [error, result, ...more] = call.getParameters();
  if (error === undefined || more.length > 0 || !/^_?(e|ex|err|error)$/i.test(error.name)) return undefined;
  return { result: result && checker.getTypeOfSymbolAtLocation(result, scope) };
}

function signalOf(source: SourceProgram, type: ts.Type): CallShape['signal'] {
  if (isAbortSignal(type)) return 'signal';
  const property = source.checker.getPropertyOfType(type, 'signal');
  return property !== undefined && isAbortSignal(typeOf(source, property)) ? 'option' : undefined;
}

function isAbortSignal(type: ts.Type): boolean {
  return type.symbol?.name === 'AbortSignal';
}

function kindOf({ checker }: SourceProgram, returned: ts.Type): CallShape['returns'] {
  const type = checker.getNonNullableType(checker.getAwaitedType(returned) ?? returned);
  const has = (name: string) => checker.getPropertyOfType(type, name) !== undefined;
  if (has('pipe') || (has('destroy') && has('once')) || (has('cancel') && has('write') && has('once')))
    return 'stream';
  const iterates = checker.getPropertiesOfType(type).some(({ name }) => name.startsWith('__@asyncIterator'));
  return iterates ? 'iterable' : 'value';
}
