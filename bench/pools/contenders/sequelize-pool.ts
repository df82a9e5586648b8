import { Pool } from 'sequelize-pool';
import { type Client, type Contender, create, destroy, type Setup } from './contender.js';

export function sequelizePool({ max, timeoutMs = 30_000 }: Setup): Contender<Client> {
  const pool = new Pool<Client>({
    name: 'bench',
    create,
    destroy,
    validate: () => true,
    min: 0,
    max,
    maxUses: Number.POSITIVE_INFINITY,
    acquireTimeoutMillis: timeoutMs,
    idleTimeoutMillis: 30_000,
    reapIntervalMillis: 1_000,
  });
  return {
    get: () => pool.acquire(),
    client: (client) => client,
    put: (client) => void pool.release(client),
    destroy: (client) => void pool.destroy(client),
  };
}
