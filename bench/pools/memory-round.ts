import { type ContenderName, makeContender } from './contenders.js';
import type { Sample } from './sample.js';

/** What the memory of is measured: connections that lie idle, or calls that wait for the only connection. */
export type MemoryMeasure = 'idleMemory' | 'waiterMemory';

/** One round: makes a pool with `count` idle connections or waiting calls, and weighs them, in bytes each. */
export async function memoryRound(
  measure: MemoryMeasure,
  contender: ContenderName,
  count: number,
): Promise<() => Promise<Sample>> {
  const collect = globalThis.gc;
  if (collect === undefined) throw new Error('needs --expose-gc');
  const heap = () => {
    collect();
    return process.memoryUsage().heapUsed;
  };
  const prepare = measure === 'idleMemory' ? idleConnections : waitingCalls;
  return async () => {
    const pool = makeContender(contender, { max: measure === 'idleMemory' ? count : 1 });
    const lent = await pool.get();
    const before = heap();
    const kept = await prepare(pool, count);
    const value = (heap() - before) / count;
    pool.put(lent);
    if (kept.length !== count) throw new Error(`BUG: ${kept.length} instead of ${count}`);
    return { value, cpu: 0 };
  };
}

async function idleConnections(
  pool: ReturnType<typeof makeContender>,
  count: number,
): Promise<ArrayLike<unknown>> {
  for (const lent of await Promise.all(Array.from({ length: count - 1 }, () => pool.get()))) pool.put(lent);
  await new Promise(setImmediate);
  return { length: count };
}

async function waitingCalls(
  pool: ReturnType<typeof makeContender>,
  count: number,
): Promise<ArrayLike<unknown>> {
  const calls = Array.from({ length: count }, () => pool.get().then((lent) => pool.put(lent)));
  for (const call of calls) call.catch(() => {}); // some pools give up on those who wait when time is up
  return calls;
}
