import { InvalidOptionError } from '../pool/errors.js';
import type { Transport } from '../pool/transport.js';

/**
 * A transport of a source of somebody else's making, that keeps the word of `Transport` even when the source does
 * not: `close` never throws or rejects.
 */
export class GuardedTransport<TClient> implements Transport<TClient> {
  readonly #transport: Transport<TClient>;
  readonly #onCloseError: (error: unknown) => void;

  /**
   * `onCloseError` is told what giving the transport back failed with.
   * @throws InvalidOptionError for what is no transport
   */
  constructor(given: Transport<TClient>, onCloseError: (error: unknown) => void) {
    if (typeof (given as Partial<Transport<TClient>> | null | undefined)?.close !== 'function') {
      throw new InvalidOptionError('get', given, 'a method that gives a transport, with a method close');
    }
    this.#transport = given;
    this.#onCloseError = onCloseError;
  }

  get client(): TClient {
    return this.#transport.client;
  }

  async close(isBroken = false): Promise<void> {
    try {
      await this.#transport.close(isBroken);
    } catch (error) {
      this.#onCloseError(error);
    }
  }

  markBroken(error?: unknown): void {
    this.#transport.markBroken(error);
  }

  detach(): TClient {
    return this.#transport.detach();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
