import fc from 'fast-check';
import type { PoolLimits } from '../../lib/pool/index.js';

/** Small limits, so that they collide, and short times, so that each runs out now and then. */
const choices = {
  maxActive: [1, 2, 3, 5, Infinity],
  maxIdle: [0, 1, 2, 5],
  minIdle: [0, 0, 1, 2, 3],
  wait: [true, true, false],
  maxOverflow: [0, 1, 2, Infinity],
  maxWaiting: [0, 1, 3, Infinity],
  waitTimeoutMs: [0, 1, 20, 100, 1000, Infinity],
  dialRetryCount: [0, 1, 2],
  dialRetryDelayMs: [0, 10, 50],
  dialTimeoutMs: [5, 20, 100],
  maxDialing: [1, 2, Infinity],
  heartbeatIntervalMs: [0, 50, 500, Infinity],
  heartbeatTimeoutMs: [5, 20],
  closeTimeoutMs: [5, 20, 100],
  idleTimeoutMs: [0, 100, 1000],
  maxLifetimeMs: [0, 200, 2000],
  maxUses: [1, 2, 5, Infinity],
  idleOrder: ['lifo', 'fifo'],
  leakDetectionMs: [0, 0, 30, 200],
} as const satisfies { [K in keyof PoolLimits]-?: readonly unknown[] };

/** Random limits; any may be left out. Some contradict each other: the pool has to refuse those as a whole. */
export const limits: fc.Arbitrary<PoolLimits> = fc.record(
  Object.fromEntries(
    Object.entries(choices).map(([name, values]) => [name, fc.constantFrom<unknown>(...values)]),
  ),
  { requiredKeys: [] },
);
