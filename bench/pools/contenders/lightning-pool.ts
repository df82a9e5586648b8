import { createPool } from 'lightning-pool';
import { type Client, type Contender, create, destroy, type Setup } from './contender.js';

/** Longer than any queue here: it refuses the 1,001st caller by default. */
const MAX_QUEUE = 1_000_000;

export function lightningPool({ max, timeoutMs }: Setup): Contender<Client> {
  const limits = { max, maxQueue: MAX_QUEUE };
  const pool = createPool(
    { create, destroy },
    timeoutMs === undefined ? limits : { ...limits, acquireTimeoutMillis: timeoutMs },
  );
  return {
    get: () => pool.acquire(),
    client: (client) => client,
    put: (client) => pool.release(client),
    destroy: (client) => void pool.destroy(client),
  };
}
