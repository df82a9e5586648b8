import { createPool } from 'generic-pool';
import { type Client, type Contender, create, destroy, type Setup } from './contender.js';

export function genericPool({ max, timeoutMs }: Setup): Contender<Client> {
  const limits = timeoutMs === undefined ? { max } : { max, acquireTimeoutMillis: timeoutMs };
  const pool = createPool({ create, destroy }, limits);
  return {
    get: () => pool.acquire() as Promise<Client>,
    client: (client) => client,
    put: (client) => void pool.release(client),
    destroy: (client) => void pool.destroy(client),
  };
}
