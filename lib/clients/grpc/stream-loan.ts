import { TransportClosedError } from '../../pool/errors.js';
import { DONE, type Transport } from '../../pool/transport.js';
import type { SharedConnection } from './shared-connection.js';

/** What a loan needs of whoever lent it. */
export interface StreamLender<TClient> {
  readonly name: string;
  giveBack(conn: SharedConnection<TClient>, isBroken: boolean): void;
}

/** One caller's share of a connection. */
export class StreamLoan<TClient> implements Transport<TClient> {
  readonly #lender: StreamLender<TClient>;
  /** Undefined once given back. */
  #conn: SharedConnection<TClient> | undefined;
  #isBroken = false;

  constructor(lender: StreamLender<TClient>, conn: SharedConnection<TClient>) {
    this.#lender = lender;
    this.#conn = conn;
  }

  get client(): TClient {
    if (this.#conn === undefined || this.#conn.isCut) throw new TransportClosedError(this.#lender.name);
    return this.#conn.client;
  }

  /** Gives the share back. With `isBroken` the connection takes no further callers; those who use it go on. */
  close(isBroken = false): Promise<void> {
    const conn = this.#conn;
    this.#conn = undefined;
    if (conn !== undefined) this.#lender.giveBack(conn, isBroken || this.#isBroken);
    return DONE;
  }

  markBroken(): void {
    this.#isBroken = true;
  }

  /** Gives the share back like `close`; a client that others use as well cannot be taken out. */
  detach(): TClient {
    const { client } = this;
    void this.close();
    return client;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
