import { DefaultEvictor, Deque, PriorityQueue } from './originals.js';
import { Pool } from './pool.js';
import type { Factory, Options } from './pool-settings.js';

/**
 * Makes a pool as generic-pool's `createPool` does, on the engine of this package.
 * @param factory makes, destroys and, if it can, validates resources
 * @param opts generic-pool's options
 * @throws TypeError for a factory without `create` and `destroy`
 * @throws InvalidOptionError for options that would fail every call
 * @example
 * const pool = createPool({ create: () => connect(), destroy: (client) => client.end() }, { max: 10 });
 * const answer = await pool.use((client) => client.query('select 1'));
 */
export function createPool<T>(factory: Factory<T>, opts?: Options): Pool<T> {
  return new Pool<T>(DefaultEvictor, Deque, PriorityQueue, factory, opts);
}
