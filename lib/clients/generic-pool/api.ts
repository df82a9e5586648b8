export { TimeoutError } from './acquire-error.js';
export { createPool } from './create-pool.js';
export {
  DefaultEvictor,
  Deque,
  type EvictionConfig,
  type Evictor,
  type EvictorConstructor,
  PriorityQueue,
} from './originals.js';
export { Pool } from './pool.js';
export type { Factory, Options } from './pool-settings.js';
export type { PooledResource, PooledResourceState } from './pooled-resource.js';
