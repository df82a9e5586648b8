import type { GetOptions } from './options.js';
import type { Transport } from './transport.js';

/** The gauges and limits every source of transports reports; all counts are connections unless they say otherwise. */
export interface SourceStats {
  /** The source's name. */
  name: string;
  /** Whether the source takes calls. */
  state: 'open' | 'paused' | 'closing' | 'closed';
  /** `idle + inUse + checking`. */
  open: number;
  /** Connections ready to be lent. */
  idle: number;
  /** Connections lent to callers. */
  inUse: number;
  /** Connections under a heartbeat. */
  checking: number;
  /** Dials under way, their first heartbeat and the pauses between attempts included. */
  dialing: number;
  /** Connections whose close callback runs; no longer part of `open`. */
  closing: number;
  /** `get` calls for which no connection is free, being dialed or being checked. */
  waiting: number;
  /** Most connections open at once. */
  maxActive: number;
  /** Most idle connections kept. */
  maxIdle: number;
}

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
