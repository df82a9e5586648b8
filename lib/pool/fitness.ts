import { turnTime } from './clock.js';
import type { Connection } from './connection.js';
import type { CloseReason, ResolvedLimits } from './options.js';
import type { SourceStats } from './source-stats.js';

/** What decides whether a connection may be lent again. */
export interface FitnessHost {
  readonly state: SourceStats['state'];
  readonly generation: number;
  readonly limits: ResolvedLimits;
  readonly all: { readonly size: number };
}

/** Why a connection must not be lent again, if it must not. */
export function unfitness<TClient>(conn: Connection<TClient>, pool: FitnessHost): CloseReason | undefined {
  if (conn.retirement !== undefined) return conn.retirement.reason;
  if (pool.state === 'closing') return 'shutdown';
  if (conn.generation !== pool.generation) return 'invalidated';
  if (conn.uses >= pool.limits.maxUses) return 'uses';
  if (pool.all.size > pool.limits.maxActive) return 'excess';
  if (conn.expiresAt !== Infinity && turnTime() >= conn.expiresAt) return 'lifetime';
  return undefined;
}
