import { setMaxListeners } from 'node:events';
import type { Contender } from './contenders/contender.js';

/** Runs `operations` times get and put. */
export type Workload = (pool: Contender, operations: number) => Promise<void>;

/** What a caller does with its connection before it gives it back. */
type Hold = 'microtask' | 'immediate';

/** One caller borrows an idle connection and gives it back. */
export const oneCaller: Workload = async (pool, operations) => {
  for (let i = 0; i < operations; i++) {
    const lent = await pool.get();
    use(pool.client(lent));
    pool.put(lent);
  }
};

/** The same, each call with the same signal that never aborts. */
export const oneCallerWithSignal: Workload = async (pool, operations) => {
  const { signal } = new AbortController();
  for (let i = 0; i < operations; i++) {
    const lent = await pool.getWith!(signal);
    use(pool.client(lent));
    pool.put(lent);
  }
};

/**
 * `count` callers at once, each of which takes the next operation when it is done with its last. A connection is held
 * over one microtask, or until the next turn of the event loop, as a caller would who does I/O.
 */
export function callers(count: number, hold: Hold): Workload {
  return async (pool, operations) => {
    let left = operations;
    const one = async () => {
      while (left-- > 0) {
        const lent = await pool.get();
        use(pool.client(lent));
        if (hold === 'microtask') await null;
        else await new Promise(setImmediate);
        pool.put(lent);
      }
    };
    await Promise.all(Array.from({ length: count }, one));
  };
}

/** Callers with one signal for all, as a server has one for its shutdown; it never aborts. */
export function callersWithSignal(count: number): Workload {
  return async (pool, operations) => {
    const { signal } = new AbortController();
    setMaxListeners(0, signal); // some put one listener per call on it
    let left = operations;
    const one = async () => {
      while (left-- > 0) {
        const lent = await pool.getWith!(signal);
        use(pool.client(lent));
        await null;
        pool.put(lent);
      }
    };
    await Promise.all(Array.from({ length: count }, one));
  };
}

/** Callers of whom every `nth` finds its connection broken. */
export function callersWithBreakage(count: number, nth: number): Workload {
  return async (pool, operations) => {
    let left = operations;
    const one = async () => {
      while (left-- > 0) {
        const breaks = left % nth === 0;
        const lent = await pool.get();
        use(pool.client(lent));
        await null;
        if (breaks) pool.destroy!(lent);
        else pool.put(lent);
      }
    };
    await Promise.all(Array.from({ length: count }, one));
  };
}

let uses = 0;

/** Reads the client, so that lending it cannot be optimised away. */
function use(client: { readonly id: number }): void {
  uses += client.id;
  if (uses < 0) throw new Error('BUG: ids are positive');
}
