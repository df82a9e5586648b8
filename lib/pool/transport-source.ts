import type { GetOptions } from './options.js';
import type { SourceStats } from './source-stats.js';
import type { Transport } from './transport.js';

/**
 * Anything that lends clients. A {@link ConnPool} is one (exclusive connections); a shared client object is
 * another. What is built on top of pools asks for nothing more than this.
 */
export interface TransportSource<TClient> {
  /** Lends a client; rejects when none can be had in time. */
  get(options?: GetOptions): Promise<Transport<TClient>>;
  /** Whether a call that failed with `error` leaves its connection unusable. */
  isBroken(error: unknown, client: TClient): boolean;
  /** A snapshot of gauges and limits. */
  stats(): SourceStats;
  /** Stops lending and closes everything; resolves when the last client is closed. */
  close(options?: { timeoutMs?: number }): Promise<void>;
}
