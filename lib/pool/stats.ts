import type { CloseReason } from './options.js';
import type { SourceStats } from './source-stats.js';

/** A snapshot of a pool: gauges and limits of {@link SourceStats}, and counters since the pool was made. */
export interface PoolStats extends SourceStats {
  /** Calls of `get`, and of `tryGet` that were served. */
  gets: number;
  /** Calls that found no connection free or on its way and queued. */
  waits: number;
  /** Calls that ran out of time. */
  waitTimeouts: number;
  /** Calls refused at once: pool exhausted or queue full. */
  rejected: number;
  /** Dial attempts. */
  dials: number;
  /** Dial attempts that failed, the first heartbeat included. */
  dialErrors: number;
  /** Heartbeats sent. */
  heartbeats: number;
  /** Heartbeats that failed. */
  heartbeatErrors: number;
  /** Transports reported as held too long. */
  leaks: number;
  /** Connections taken out of the pool with `detach()`. */
  detached: number;
  /** Clients closed, by reason: connections of the pool, and clients that never became one. */
  closed: Record<CloseReason, number>;
  /** Time that the `waits` have spent in the queue in all, ms. */
  waitMsTotal: number;
}

/** The counters among {@link PoolStats}; only ever go up. */
export type Counters = Omit<PoolStats, keyof SourceStats>;

export function newCounters(): Counters {
  return {
    gets: 0,
    waits: 0,
    waitTimeouts: 0,
    rejected: 0,
    dials: 0,
    dialErrors: 0,
    heartbeats: 0,
    heartbeatErrors: 0,
    leaks: 0,
    detached: 0,
    closed: {
      broken: 0,
      heartbeat: 0,
      idle: 0,
      lifetime: 0,
      uses: 0,
      excess: 0,
      invalidated: 0,
      shutdown: 0,
    },
    waitMsTotal: 0,
  };
}
