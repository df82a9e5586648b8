import type { Round } from '../measured-process.js';
import type { Contender, Setup } from './contenders/contender.js';

/** What the memory of is measured: connections that lie idle, or calls that wait for the only connection. */
export type MemoryMeasure = 'idle-memory' | 'waiter-memory';

/** Makes pools with `count` idle connections or waiting calls, and gives the bytes of heap for each. */
export function memoryRounds(
  measure: MemoryMeasure,
  count: number,
  make: (setup: Setup) => Contender,
): Round {
  return measure === 'idle-memory'
    ? () => weighIdle(() => make({ max: count }), count)
    : () => weighWaiting(make({ max: 1 }), count);
}

async function weighIdle(makePool: () => Contender, count: number): Promise<number> {
  const before = heap();
  const pool = makePool();
  const clients = await borrowAll(pool, count);
  const weight = heap() - before;
  if ((await borrowAll(pool, count)).size !== count || clients.size !== count)
    throw new Error('BUG: not kept');
  return weight / count;
}

/** The ids of the clients that were lent, all at once; they are idle again. */
async function borrowAll(pool: Contender, count: number): Promise<{ readonly size: number }> {
  const lent = await Promise.all(Array.from({ length: count }, () => pool.get()));
  const { size } = new Set(lent.map((each) => pool.client(each).id));
  for (const each of lent) pool.put(each);
  await new Promise(setImmediate);
  return { size };
}

async function weighWaiting(pool: Contender, count: number): Promise<number> {
  const lent = await pool.get();
  const before = heap();
  const calls = Array.from({ length: count }, () => pool.get());
  await new Promise(setImmediate);
  const weight = heap() - before;
  pool.put(lent);
  for (const call of calls) pool.put(await call);
  return weight / count;
}

function heap(): number {
  const collect = globalThis.gc;
  if (collect === undefined) throw new Error('needs --expose-gc');
  collect();
  collect(); // what the first one finalised
  return process.memoryUsage().heapUsed;
}
