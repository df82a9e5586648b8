import type { Connection } from './connection.js';
import { TransportClosedError } from './errors.js';

/** The handle on a borrowed client. Give it back with {@link Transport.close}, exactly once, whatever happened. */
export interface Transport<TClient> extends AsyncDisposable {
  /**
   * The borrowed client. Do not keep it beyond `close`.
   * @throws TransportClosedError once the transport was given back
   */
  readonly client: TClient;
  /**
   * Gives the client back: to the pool, or, with `isBroken` or after `markBroken`, to its close callback.
   * Never rejects; resolves once the client is back or closed. A second call has no effect.
   */
  close(isBroken?: boolean): Promise<void>;
  /** Makes the later `close()` destroy the connection. No effect once given back. */
  markBroken(error?: unknown): void;
  /**
   * Takes the client out of the pool for good: the pool forgets it, its slot is free, closing it is up to you.
   * @throws TransportClosedError once the transport was given back
   */
  detach(): TClient;
}

/** What a transport needs of the pool that lent it. */
export interface Lender<TClient> {
  readonly name: string;
  takeBack(conn: Connection<TClient>, isBroken: boolean): Promise<void>;
  markBroken(conn: Connection<TClient>, error: unknown): void;
  detach(conn: Connection<TClient>): void;
}

/** A transport on a connection of a pool. */
export class PooledTransport<TClient> implements Transport<TClient> {
  readonly #lender: Lender<TClient>;
  /** Undefined once given back. */
  #conn: Connection<TClient> | undefined;

  constructor(lender: Lender<TClient>, conn: Connection<TClient>) {
    this.#lender = lender;
    this.#conn = conn;
  }

  get client(): TClient {
    return held(this.#conn, this.#lender).client;
  }

  close(isBroken = false): Promise<void> {
    const conn = this.#conn;
    if (conn === undefined) return DONE;
    this.#conn = undefined;
    return this.#lender.takeBack(conn, isBroken);
  }

  markBroken(error?: unknown): void {
    if (this.#conn !== undefined) this.#lender.markBroken(this.#conn, error);
  }

  detach(): TClient {
    const conn = held(this.#conn, this.#lender);
    this.#conn = undefined;
    this.#lender.detach(conn);
    return conn.client;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Whether `lender` lent this transport. */
  isOf(lender: Lender<TClient>): boolean {
    return this.#lender === lender;
  }
}

/** Not a private method: that would brand every transport, a field and a check more on the fast path. */
function held<TClient>(conn: Connection<TClient> | undefined, lender: Lender<TClient>): Connection<TClient> {
  // A pool that closes by force takes connections away from whoever holds them.
  if (conn === undefined || conn.state !== 'lent') throw new TransportClosedError(lender.name);
  return conn;
}

/** Shared by everything that is already done: the fast path allocates no promise to say so. */
export const DONE: Promise<void> = Promise.resolve();
