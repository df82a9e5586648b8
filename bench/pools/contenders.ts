import { ConnPool } from 'connpool';
import genericPool from 'generic-pool';
import { createPool } from 'lightning-pool';
import { Pool as SequelizePool } from 'sequelize-pool';
import { Pool as TarnPool } from 'tarn';

/** A pool reduced to what is measured. */
export interface Contender {
  get(): Promise<unknown>;
  /** Gives back what `get` gave. Nobody awaits it: none of the pools needs that for its accounting. */
  put(lent: never): void;
}

const MAX = 10;
const create = async () => ({});
const destroy = async () => {};

/** Every pool with the same ten connections, each set up as its documentation suggests. */
export const contenders: Record<string, () => Contender> = {
  connpool: () => {
    const pool = new ConnPool({ dial: create, close: destroy, maxActive: MAX });
    return { get: () => pool.get(), put: (transport: { close(): Promise<void> }) => void transport.close() };
  },
  'generic-pool': () => {
    const pool = genericPool.createPool({ create, destroy }, { max: MAX });
    return {
      get: () => pool.acquire() as Promise<unknown>,
      put: (client: object) => void pool.release(client),
    };
  },
  'lightning-pool': () => {
    const pool = createPool({ create, destroy }, { max: MAX });
    return { get: () => pool.acquire(), put: (client: object) => pool.release(client) };
  },
  tarn: () => {
    const pool = new TarnPool({ create, destroy, min: 0, max: MAX });
    return { get: () => pool.acquire().promise, put: (client: object) => pool.release(client) };
  },
  'sequelize-pool': () => {
    const pool = new SequelizePool({
      name: 'bench',
      create,
      destroy,
      validate: () => true,
      min: 0,
      max: MAX,
      maxUses: Number.POSITIVE_INFINITY,
      acquireTimeoutMillis: 30_000,
      idleTimeoutMillis: 30_000,
      reapIntervalMillis: 1_000,
    });
    return { get: () => pool.acquire(), put: (client: object) => pool.release(client) };
  },
  'array + promise': () => {
    const idle = Array.from({ length: MAX }, () => ({}));
    return { get: () => Promise.resolve(idle.pop()), put: (client: object) => void idle.push(client) };
  },
};

/** Not a pool: what any pool costs at least. It cannot wait, so it has no contended case. */
export const FLOOR = 'array + promise';
