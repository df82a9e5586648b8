import { ConnPool, type Transport } from 'connpool';
import genericPool from 'generic-pool';
import { createPool } from 'lightning-pool';
import { Pool as SequelizePool } from 'sequelize-pool';
import { Pool as TarnPool } from 'tarn';

/** A pool reduced to what is measured. `Lent` is what its `get` gives. */
export interface Contender<Lent = object> {
  get(): Promise<Lent>;
  /** The client in what was lent: whoever borrows a connection uses it. */
  client(lent: Lent): Client;
  /** Gives back. Nobody awaits it: no pool needs that for its accounting. */
  put(lent: Lent): void;
  /** Gives back a connection that is broken. */
  destroy?(lent: Lent): void;
  /** A `get` that an abort of the signal ends. */
  getWith?(signal: AbortSignal): Promise<Lent>;
}

export interface Client {
  id: number;
  broken: boolean;
}

export interface Setup {
  /** Connections. */
  readonly max: number;
  /** Longest that a `get` may take, ms. @default each pool's own default */
  readonly timeoutMs?: number;
}

/** Longer than any queue here: lightning-pool refuses the 1,001st caller by default. */
const MAX_QUEUE = 1_000_000;

let made = 0;
const create = async (): Promise<Client> => ({ id: ++made, broken: false });
const destroy = async (): Promise<void> => {};

function connpool({ max, timeoutMs }: Setup): Contender<Transport<Client>> {
  const pool = new ConnPool({ dial: create, close: destroy, maxActive: max });
  return {
    get: timeoutMs === undefined ? () => pool.get() : () => pool.get({ timeoutMs }),
    client: (transport) => transport.client,
    put: (transport) => void transport.close(),
    destroy: (transport) => void transport.close(true),
    getWith: (signal) => pool.get({ signal }),
  };
}

function genericPoolContender({ max, timeoutMs }: Setup): Contender<Client> {
  const limits = timeoutMs === undefined ? { max } : { max, acquireTimeoutMillis: timeoutMs };
  const pool = genericPool.createPool({ create, destroy }, limits);
  return {
    get: () => pool.acquire() as Promise<Client>,
    client: (client) => client,
    put: (client) => void pool.release(client),
    destroy: (client) => void pool.destroy(client),
  };
}

function lightningPool({ max, timeoutMs }: Setup): Contender<Client> {
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

function tarn({ max, timeoutMs = 30_000 }: Setup): Contender<Client> {
  const validate = (client: Client) => !client.broken;
  const pool = new TarnPool({ create, destroy, validate, min: 0, max, acquireTimeoutMillis: timeoutMs });
  return {
    get: () => pool.acquire().promise,
    client: (client) => client,
    put: (client) => void pool.release(client),
    // It has no call for this: what validate refuses at the next acquire is destroyed.
    destroy: (client) => {
      client.broken = true;
      pool.release(client);
    },
    // It has abort() but takes no signal: this is how its users connect the two.
    getWith: (signal) => {
      const pending = pool.acquire();
      const abort = () => pending.abort();
      signal.addEventListener('abort', abort, { once: true });
      return pending.promise.finally(() => signal.removeEventListener('abort', abort));
    },
  };
}

function sequelizePool({ max, timeoutMs = 30_000 }: Setup): Contender<Client> {
  const pool = new SequelizePool<Client>({
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

/** Not a pool: the least that lending through a promise can cost, and a queue without limits or deadlines. */
function bareArray({ max }: Setup): Contender<Client> {
  interface Waiting {
    readonly resolve: (client: Client) => void;
    next: Waiting | undefined;
  }
  const idle: Client[] = Array.from({ length: max }, () => ({ id: ++made, broken: false }));
  let first: Waiting | undefined;
  let last: Waiting | undefined;
  return {
    get() {
      const client = idle.pop();
      if (client !== undefined) return Promise.resolve(client);
      return new Promise((resolve) => {
        const waiting: Waiting = { resolve, next: undefined };
        if (last === undefined) first = waiting;
        else last.next = waiting;
        last = waiting;
      });
    },
    client: (client) => client,
    put(client) {
      const waiting = first;
      if (waiting === undefined) {
        idle.push(client);
        return;
      }
      first = waiting.next;
      if (first === undefined) last = undefined;
      waiting.resolve(client);
    },
  };
}

export type ContenderName = (typeof POOLS)[number] | typeof FLOOR;

export const OURS = 'connpool';
/** What any pool costs at least. */
export const FLOOR = 'bare array';
export const POOLS = [OURS, 'generic-pool', 'lightning-pool', 'tarn', 'sequelize-pool'] as const;

const makers = {
  connpool,
  'generic-pool': genericPoolContender,
  'lightning-pool': lightningPool,
  tarn,
  'sequelize-pool': sequelizePool,
  [FLOOR]: bareArray,
} satisfies Record<ContenderName, unknown>;

/** Sets a pool up as its documentation suggests, with its own defaults but for `setup`. */
export function makeContender(name: ContenderName, setup: Setup): Contender {
  return makers[name](setup) as unknown as Contender;
}
