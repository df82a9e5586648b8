import type { Transport } from '../../pool/transport.js';

/** A connection of the pool that several callers use at once. */
export class SharedConnection<TClient> {
  readonly client: TClient;
  /** Callers that use it now. */
  streams = 0;
  /** The pool's loan; undefined once it went back, which may be while callers still use it. */
  transport: Transport<TClient> | undefined;
  /** Its place among those that take callers; -1 = takes none. */
  index = -1;
  /** What closes it, once the pool has let go of it and somebody still uses it. */
  closeWhenUnused: (() => void) | undefined;
  /** Whether it was closed under those who use it. */
  isCut = false;

  constructor(client: TClient) {
    this.client = client;
  }
}

/**
 * The connections that take callers. The one that took the last caller takes the next, until it is full: so as few as
 * needed are in use, and the others run empty and go back to the pool.
 */
export class Room<TClient> {
  readonly #open: SharedConnection<TClient>[] = [];

  /** The connection to be used next. */
  get last(): SharedConnection<TClient> | undefined {
    return this.#open.at(-1);
  }

  add(conn: SharedConnection<TClient>): void {
    if (conn.index < 0) conn.index = this.#open.push(conn) - 1;
  }

  remove(conn: SharedConnection<TClient>): void {
    if (conn.index < 0) return;
    const last = this.#open.pop()!;
    if (last !== conn) {
      this.#open[conn.index] = last;
      last.index = conn.index;
    }
    conn.index = -1;
  }
}
