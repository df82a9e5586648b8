/** Guesses, from the first thing a server says, or that it says nothing, that it speaks something else. */
export class MismatchGuess {
  readonly #isEncrypted: boolean;
  #hasHeard = false;
  #hint = '';

  constructor(isEncrypted: boolean) {
    this.#isEncrypted = isEncrypted;
  }

  /** To be appended to the message of a failure. */
  get hint(): string {
    return this.#hint;
  }

  hear(chunk: Buffer): void {
    if (this.#hasHeard) return;
    this.#hasHeard = true;
    if (!this.#isEncrypted && isTlsAlert(chunk)) this.#hint = ' (it speaks TLS, this connection does not)';
  }

  /** The server ended the connection though it owed an answer. Many that want TLS do so without a word. */
  endedOwing(): void {
    if (this.#hasHeard || this.#isEncrypted) return;
    this.#hint = ' (it never sent a byte: does it speak this protocol, and without TLS?)';
  }
}

/** An alert record of TLS: type 21, version 3.x. */
function isTlsAlert(chunk: Buffer): boolean {
  return chunk[0] === 0x15 && chunk[1] === 0x03;
}
