import { PoolClosedError, PoolExhaustedError, WaitQueueFullError } from './errors.js';
import type { ResolvedLimits } from './options.js';
import type { SourceStats } from './source-stats.js';
import type { Counters } from './stats.js';

/** What decides whether a call may wait. */
export interface AdmissionHost {
  readonly limits: ResolvedLimits;
  readonly counters: Counters;
  /** Most connections open and being dialed at once. */
  readonly bound: number;
  stats(): SourceStats;
}

/**
 * Why a call that cannot be served at once is refused, if it is.
 * @param queued whether it would have to wait for others, rather than for a dial or a check of its own
 */
export function refusalOf(pool: AdmissionHost, queued: boolean): Error | undefined {
  const stats = pool.stats();
  if (stats.state === 'closing' || stats.state === 'closed') return new PoolClosedError(stats.name);
  if (!queued) return undefined;
  const { wait, maxWaiting } = pool.limits;
  const taken = stats.open + stats.dialing + stats.waiting;
  if (!wait && taken >= pool.bound && stats.state === 'open') {
    pool.counters.rejected++;
    return new PoolExhaustedError(stats, pool.bound);
  }
  if (stats.waiting >= maxWaiting) {
    pool.counters.rejected++;
    return new WaitQueueFullError(stats, maxWaiting);
  }
  return undefined;
}
