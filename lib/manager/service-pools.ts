import type { Endpoint } from '../pool/endpoint.js';
import type { PoolLimits } from '../pool/options.js';
import type { TransportSource } from '../pool/transport-source.js';

/** A source of connections whose limits can be changed. */
interface Configurable {
  configure(limits: PoolLimits): void;
}

/** The pools of a service that stand now, by endpoint. */
export class ServicePools {
  readonly #pools = new Map<string, TransportSource<unknown>>();

  add(endpoint: Endpoint, pool: TransportSource<unknown>): void {
    this.#pools.set(endpoint.id, pool);
  }

  get(id: string): TransportSource<unknown> | undefined {
    return this.#pools.get(id);
  }

  /** An endpoint's pool is closed; it may have a new one already, under another address. */
  forget(id: string): void {
    if (this.#pools.get(id)?.stats().state === 'closed') this.#pools.delete(id);
  }

  /** Changes limits and timings of all; connections stay. */
  configure(limits: PoolLimits): void {
    for (const pool of this.#pools.values()) {
      if (pool.stats().state !== 'closed') (pool as unknown as Configurable).configure(limits);
    }
  }
}
