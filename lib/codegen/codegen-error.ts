import type ts from 'typescript';
import { ConnPoolError } from '../pool/errors.js';

/** What was given cannot be wrapped: `ERR_CODEGEN`. The message names the place and says what to do. */
export class CodegenError extends ConnPoolError {
  constructor(message: string, options?: ErrorOptions) {
    super('ERR_CODEGEN', message, options);
  }
}

/** A {@link CodegenError} about a place in the source, which the message begins with as `file:line`; `shown` is the file's name there. */
export function errorAt(node: ts.Node, message: string, shown: string): CodegenError {
  const file = node.getSourceFile();
  const { line } = file.getLineAndCharacterOfPosition(node.getStart(file));
  return new CodegenError(`${shown}:${line + 1}: ${message}`);
}

/** The same about a file as a whole. */
export function errorIn(shown: string, message: string): CodegenError {
  return new CodegenError(`${shown}:1: ${message}`);
}
