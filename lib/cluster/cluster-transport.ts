import type { Transport } from '../pool/transport.js';
import type { Connected } from './connection-search.js';
import type { Lease } from './lease.js';
import { type IsFailure, outcomeOfCall } from './outcome.js';

/**
 * A transport of a cluster: giving it back also tells the node's breaker how it went. `close()` is a success,
 * `close(true)` and `markBroken(error)` are failures, unless `isFailure` says otherwise of the error.
 */
export class ClusterTransport<TClient> implements Transport<TClient> {
  readonly #transport: Transport<TClient>;
  readonly #lease: Lease<TClient>;
  readonly #isFailure: IsFailure;
  readonly #onEnd: () => void;
  #broken: { readonly error: unknown } | undefined;
  #ended = false;

  /** `onEnd` is called once, when the transport is given back or detached. */
  constructor(connected: Connected<TClient>, isFailure: IsFailure, onEnd: () => void) {
    this.#transport = connected.transport;
    this.#lease = connected.lease;
    this.#isFailure = isFailure;
    this.#onEnd = onEnd;
    connected.lease.served();
  }

  get client(): TClient {
    return this.#transport.client;
  }

  close(isBroken = false): Promise<void> {
    const closed = this.#transport.close(isBroken);
    this.#end(isBroken);
    return closed;
  }

  markBroken(error?: unknown): void {
    if (this.#ended) return;
    this.#broken ??= { error };
    this.#transport.markBroken(error);
  }

  detach(): TClient {
    try {
      return this.#transport.detach();
    } finally {
      // Also when the connection was taken away: it is in use no more.
      this.#end(false);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #end(isBroken: boolean): void {
    if (this.#ended) return;
    this.#ended = true;
    const broken = this.#broken;
    if (broken?.error !== undefined) {
      this.#lease.end(outcomeOfCall(broken.error, this.#isFailure), broken.error);
    } else {
      this.#lease.end(isBroken || broken !== undefined ? 'failure' : 'success');
    }
    this.#onEnd();
  }
}
