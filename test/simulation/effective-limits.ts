import type { PoolLimits } from '../../lib/pool/index.js';

/** Limits with the documented defaults, worked out apart from the code under test. */
export type Limits = { readonly [K in keyof PoolLimits]-?: NonNullable<PoolLimits[K]> };

export function effectiveLimits(given: PoolLimits): Limits {
  const maxActive = given.maxActive ?? 10;
  return {
    wait: true,
    maxOverflow: Infinity,
    minIdle: 0,
    maxWaiting: Infinity,
    waitTimeoutMs: 30_000,
    dialRetryCount: 1,
    dialRetryDelayMs: 50,
    dialTimeoutMs: 5_000,
    heartbeatIntervalMs: 60_000,
    heartbeatTimeoutMs: 5_000,
    closeTimeoutMs: 5_000,
    idleTimeoutMs: 120_000,
    maxLifetimeMs: 0,
    maxUses: Infinity,
    idleOrder: 'lifo',
    leakDetectionMs: 0,
    maxActive,
    maxIdle: maxActive,
    maxDialing: maxActive,
    ...(given as Partial<Limits>),
  };
}

/** Whether the pool has to refuse these limits as a whole. */
export function contradictory(given: PoolLimits): boolean {
  const { minIdle, maxIdle, maxActive } = effectiveLimits(given);
  return minIdle > maxIdle || minIdle > maxActive;
}

/** Most connections open and being dialed at once. */
export function boundOf(limits: Limits): number {
  return limits.wait ? limits.maxActive : limits.maxActive + limits.maxOverflow;
}
