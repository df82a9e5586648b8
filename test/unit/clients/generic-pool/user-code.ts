// Code as users of generic-pool write it, against that package's own types. The type test compiles it a second
// time with the import changed to ours, and nothing else.
import * as genericPool from 'generic-pool';
import defaultImport, { createPool, type Factory, type Options, Pool } from 'generic-pool';

interface Connection {
  query(sql: string): Promise<string[]>;
}

class ConnectionFactory implements Factory<Connection> {
  async create(): Promise<Connection> {
    return { query: async (sql) => [sql] };
  }
  async destroy(_connection: Connection): Promise<void> {}
  async validate(_connection: Connection): Promise<boolean> {
    return true;
  }
}

const options: Options = {
  max: 10,
  min: 2,
  maxWaitingClients: 100,
  testOnBorrow: true,
  testOnReturn: false,
  acquireTimeoutMillis: 1_000,
  fifo: false,
  priorityRange: 3,
  autostart: false,
  evictionRunIntervalMillis: 1_000,
  numTestsPerEvictionRun: 3,
  softIdleTimeoutMillis: 5_000,
  idleTimeoutMillis: 30_000,
};

export class Repository {
  readonly #pool: Pool<Connection>;

  constructor(pool: Pool<Connection> = createPool(new ConnectionFactory(), options)) {
    this.#pool = pool;
    this.#pool.on('factoryCreateError', (error: Error) => error.message);
    this.#pool.start();
  }

  async rows(): Promise<string[]> {
    const connection: Connection = await this.#pool.acquire(1);
    try {
      return await connection.query('select 1');
    } finally {
      if (this.#pool.isBorrowedResource(connection)) await this.#pool.release(connection);
    }
  }

  count(): Promise<number> {
    return this.#pool.use(async (connection) => (await connection.query('select 1')).length);
  }

  plain(): Promise<string> {
    return this.#pool.use(() => 'no promise');
  }

  get figures(): number[] {
    const { spareResourceCapacity, size, available, borrowed, pending, max, min } = this.#pool;
    return [spareResourceCapacity, size, available, borrowed, pending, max, min];
  }

  async stop(): Promise<void> {
    await this.#pool.ready();
    await this.#pool.drain();
    await this.#pool.clear();
  }
}

export const byNamespace: genericPool.Pool<string> = genericPool.createPool<string>({
  create: () => Promise.resolve('resource'),
  destroy: () => Promise.resolve(),
});

export const byDefault: defaultImport.Pool<string> = defaultImport.createPool<string>(
  { create: () => Promise.resolve('resource'), destroy: () => Promise.resolve() },
  { max: 1 },
);

export const isPool = (value: unknown): boolean => value instanceof Pool;
