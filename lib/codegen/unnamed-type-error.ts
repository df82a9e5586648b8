/** A type that the output has no name for: its module does not export it. */
export class UnnamedTypeError extends Error {
  constructor(readonly typeName: string) {
    super(`the type '${typeName}' is not exported`);
    this.name = 'UnnamedTypeError';
  }
}
