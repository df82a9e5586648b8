import { PoolClosedError, PoolExhaustedError, WaitQueueFullError } from './errors.js';
import type { ResolvedLimits } from './options.js';
import type { SourceStats } from './source-stats.js';
import type { Counters } from './stats.js';

/** What decides whether a call may wait. */
export interface AdmissionHost {
  readonly name: string;
  readonly state: SourceStats['state'];
  readonly limits: ResolvedLimits;
  readonly counters: Counters;
  readonly all: { readonly size: number };
  readonly dials: { readonly size: number };
  /** Calls that nothing on its way will serve. */
  readonly waiting: number;
  /** Most connections open and being dialed at once. */
  readonly bound: number;
  stats(): SourceStats;
}

/**
 * Why a call that cannot be served at once is refused, if it is.
 * @param queued whether it would have to wait for others, rather than for a dial or a check of its own
 */
export function refusalOf(pool: AdmissionHost, queued: boolean): Error | undefined {
  const { state } = pool;
  if (state === 'closing' || state === 'closed') return new PoolClosedError(pool.name);
  if (!queued) return undefined;
  const { wait, maxWaiting } = pool.limits;
  if (!wait && state === 'open' && pool.all.size + pool.dials.size + pool.waiting >= pool.bound) {
    pool.counters.rejected++;
    return new PoolExhaustedError(pool.stats(), pool.bound);
  }
  if (maxWaiting !== Infinity && pool.waiting >= maxWaiting) {
    pool.counters.rejected++;
    return new WaitQueueFullError(pool.stats(), maxWaiting);
  }
  return undefined;
}
