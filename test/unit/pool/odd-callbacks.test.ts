import assert from 'node:assert/strict';
import { handled, microtasks, settled, useEndpoint, useFakeTime } from './support/fake-endpoint.js';

/** What callbacks may throw besides errors. */
const thrown: [string, unknown][] = [
  ['undefined', undefined],
  ['null', null],
  ['a string', 'refused'],
  ['a number', 0],
  ['false', false],
  ['a symbol', Symbol('refused')],
  ['an object without a prototype', Object.create(null)],
  [
    'an object that cannot be printed',
    {
      toString() {
        throw new Error('unprintable');
      },
    },
  ],
];

describe('a callback that throws what is no error', () => {
  const time = useFakeTime();
  const given = useEndpoint(time);

  for (const [what, value] of thrown) {
    it(`dial: ${what} is the cause, as it was thrown`, async () => {
      const dial = () => Promise.reject(value);
      const pool = given.endpoint.pool({ dial, dialRetryCount: 0 });
      const told: unknown[] = [];
      pool.on('dialError', (error) => told.push(error));
      const error = (await settled(handled(pool.get()))) as Error & { code: string };
      assert.equal(error.code, 'ERR_DIAL');
      assert.ok('cause' in error);
      assert.equal(error.cause, value);
      assert.deepEqual(told, [value]);
    });

    it(`first heartbeat: ${what} fails the attempt and closes the client`, async () => {
      const pool = given.endpoint.pool({ heartbeat: () => Promise.reject(value), dialRetryCount: 0 });
      const error = (await settled(handled(pool.get()))) as Error & { code: string };
      assert.equal(error.code, 'ERR_DIAL');
      assert.equal((error.cause as { code: string }).code, 'ERR_HEARTBEAT');
      assert.equal((error.cause as Error).cause, value);
      assert.deepEqual(given.endpoint.reasons, ['heartbeat']);
    });

    it(`heartbeat: ${what} means dead, and the caller gets a new connection`, async () => {
      let isDead = false;
      const pool = given.endpoint.pool({
        heartbeatIntervalMs: 0,
        heartbeat: (client) => (isDead && client.id === 1 ? Promise.reject(value) : true),
      });
      await (await pool.get()).close();
      isDead = true;
      const get = handled(pool.get({ timeoutMs: 1_000 }));
      await time.clock.tickAsync(0);
      const transport = (await settled(get)) as { client: { id: number }; close(): Promise<void> };
      assert.equal(transport.client?.id, 2);
      assert.deepEqual(given.endpoint.reasons, ['heartbeat']);
      assert.equal(pool.stats().checking, 0);
      await transport.close();
    });

    it(`close: ${what} reaches the closeError listeners`, async () => {
      const told: unknown[] = [];
      const pool = given.endpoint.pool({ close: () => Promise.reject(value) });
      pool.on('closeError', (error) => told.push(error));
      await (await pool.get()).close(true);
      assert.deepEqual(told, [value]);
      assert.equal(pool.stats().closing, 0);
    });
  }
});

describe('a callback that gives something odd', () => {
  const time = useFakeTime();
  const given = useEndpoint(time);

  /** What can be awaited although it is no promise. */
  const awaitable = (then: (resolve: (value: unknown) => void, reject: (error: unknown) => void) => void) =>
    Object.defineProperty({}, 'then', { value: then }) as Promise<{ id: number }>;

  it('may settle with what is awaitable but no promise', async () => {
    const pool = given.endpoint.pool({ dial: () => awaitable((resolve) => resolve({ id: 9 })) });
    assert.equal((await pool.get()).client.id, 9);
  });

  it('may have a then that throws', async () => {
    const odd = Object.defineProperty({}, 'then', {
      get: () => {
        throw new Error('no then');
      },
    });
    const pool = given.endpoint.pool({ dial: () => odd as never, dialRetryCount: 0 });
    await assert.rejects(pool.get(), { code: 'ERR_DIAL', message: /no then/ });
  });

  it('may settle more than once', async () => {
    const twice = awaitable((resolve, reject) => {
      resolve({ id: 1 });
      resolve({ id: 2 });
      reject(new Error('and fails'));
    });
    const pool = given.endpoint.pool({ dial: () => twice, heartbeat: () => twice });
    const transport = await pool.get();
    await microtasks();
    assert.deepEqual([transport.client.id, pool.stats().open, given.endpoint.closes.length], [1, 1, 0]);
  });

  it('may dial clients that are no objects', async () => {
    for (const client of [0, '', null, undefined, false]) {
      const pool = given.endpoint.pool({ dial: () => client as never });
      const transport = await pool.get();
      assert.equal(transport.client, client);
      await transport.close();
      assert.equal(pool.stats().idle, 1);
      assert.equal(await pool.do((lent) => lent), client);
    }
  });

  it('may dial the same client twice: the pool takes it for two connections', async () => {
    const client = { id: 1 };
    const pool = given.endpoint.pool({ dial: () => client });
    const [a, b] = [await pool.get(), await pool.get()];
    await a.close(true);
    assert.equal(pool.stats().open, 1);
    await b.close();
    assert.equal(pool.stats().idle, 1);
  });
});

describe('a listener that throws what is no error', () => {
  const given = useEndpoint();

  for (const [what, value] of thrown.slice(-3)) {
    it(`leaves the pool whole: ${what}`, async () => {
      const warned = new Promise((resolve) => process.once('warning', resolve));
      const pool = given.endpoint.pool({ maxActive: 1 });
      pool.once('open', () => {
        throw value;
      });
      await (await pool.get()).close();
      assert.ok((await warned) instanceof Error);
      assert.deepEqual([pool.stats().idle, pool.stats().dialing], [1, 0]);
    });
  }
});
