import assert from 'node:assert/strict';
import { recordHandles } from './handles.js';
import { within } from './wait-for.js';

/** What a pool has open; streams where several callers share a connection. */
interface Gauges {
  readonly open: number;
  readonly dialing: number;
  readonly closing: number;
  readonly waiting: number;
  readonly streams?: number;
}

/** Runs `test` with a pool, closes it, and sees to it that nothing is left: no connection, no handle. */
export async function runWithPool<TPool extends { close(): Promise<void>; stats(): Gauges }>(
  make: () => TPool,
  test: (pool: TPool) => unknown,
): Promise<void> {
  await null; // mocha starts the test's own timer when it has been given the promise
  const handles = recordHandles();
  const pool = make();
  try {
    await within('the test ends', Promise.resolve(test(pool)), { timeoutMs: 15_000 });
  } finally {
    await within('the pool closes', pool.close());
  }
  const { open, dialing, closing, waiting, streams = 0 } = pool.stats();
  assert.deepEqual([open, dialing, closing, waiting, streams], [0, 0, 0, 0, 0]);
  await handles.assertNoneLeft();
}
