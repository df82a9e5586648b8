import assert from 'node:assert/strict';
import { PoolExhaustedError, WaitQueueFullError } from '../../../lib/pool/index.js';
import { microtasks, settled, useEndpoint } from './support/fake-endpoint.js';

describe('wait: true', () => {
  const given = useEndpoint();

  it('keeps open + dialing within maxActive at every instant', async () => {
    const { endpoint } = given;
    endpoint.otherwise.dial = 'slow';
    const pool = endpoint.pool({ maxActive: 3 });
    const gets = Array.from({ length: 10 }, () => pool.get());
    assert.equal(endpoint.dials.length, 3);
    assert.equal(pool.stats().dialing, 3);
    assert.equal(pool.stats().waiting, 7);
    for (const gate of endpoint.gates.dial) gate.open();
    await microtasks();
    assert.equal(pool.stats().inUse, 3);
    assert.equal(endpoint.dials.length, 3);
    for (const get of gets) await (await get).close();
    assert.equal(endpoint.dials.length, 3);
  });

  it('gives capacity that a destroyed connection frees to the first waiter at once', async () => {
    const pool = given.endpoint.pool({ maxActive: 1 });
    const transport = await pool.get();
    const waiting = pool.get();
    given.endpoint.plan.close.push('slow');
    const closed = transport.close(true);
    assert.equal((await waiting).client.id, 2, 'the slot is free before the close callback has ended');
    given.endpoint.gates.close[0]?.open();
    await closed;
  });

  it('refuses a call when maxWaiting calls wait', async () => {
    const pool = given.endpoint.pool({ maxActive: 1, maxWaiting: 1, name: 'narrow' });
    const transport = await pool.get();
    const waiting = pool.get();
    await assert.rejects(pool.get(), (error: WaitQueueFullError) => {
      assert.ok(error instanceof WaitQueueFullError);
      assert.equal(error.code, 'ERR_WAIT_QUEUE_FULL');
      assert.equal(error.stats.waiting, 1);
      assert.match(error.message, /pool 'narrow'.*maxWaiting is 1.*in use 1/);
      return true;
    });
    assert.equal(pool.stats().rejected, 1);
    await transport.close();
    await (await waiting).close();
  });

  it('does not count a call that dials against maxWaiting', async () => {
    const pool = given.endpoint.pool({ maxActive: 1, maxWaiting: 0 });
    const transport = await pool.get();
    await assert.rejects(pool.get(), WaitQueueFullError);
    await transport.close();
  });

  it('dials at most maxDialing at once', async () => {
    const { endpoint } = given;
    endpoint.otherwise.dial = 'slow';
    const pool = endpoint.pool({ maxActive: 5, maxDialing: 2 });
    const gets = Array.from({ length: 5 }, () => pool.get());
    assert.equal(endpoint.dials.length, 2);
    endpoint.gates.dial[0]?.open();
    await microtasks();
    assert.equal(endpoint.dials.length, 3);
    for (let i = 1; i < 5; i++) {
      endpoint.gates.dial[i]?.open();
      await microtasks();
    }
    assert.equal((await Promise.all(gets)).length, 5);
  });

  it('takes Infinity for no limit', async () => {
    const pool = given.endpoint.pool({ maxActive: Number.POSITIVE_INFINITY });
    await Promise.all(Array.from({ length: 100 }, () => pool.get()));
    assert.equal(pool.stats().open, 100);
  });
});

describe('wait: false', () => {
  const given = useEndpoint();

  it('overflows beyond maxActive and closes the overflow on return', async () => {
    const pool = given.endpoint.pool({ wait: false, maxActive: 1 });
    const lent = await Promise.all([pool.get(), pool.get(), pool.get()]);
    assert.equal(pool.stats().open, 3);
    for (const transport of lent) await transport.close();
    assert.deepEqual(given.endpoint.reasons, ['excess', 'excess']);
    assert.equal(pool.stats().idle, 1);
  });

  it('rejects past the overflow', async () => {
    const pool = given.endpoint.pool({ wait: false, maxActive: 1, maxOverflow: 1, name: 'small' });
    const lent = await Promise.all([pool.get(), pool.get()]);
    await assert.rejects(pool.get(), (error: PoolExhaustedError) => {
      assert.ok(error instanceof PoolExhaustedError);
      assert.equal(error.code, 'ERR_POOL_EXHAUSTED');
      assert.match(error.message, /pool 'small' is exhausted: all 2 connections are taken/);
      assert.equal(error.stats.inUse, 2);
      return true;
    });
    assert.equal(pool.stats().rejected, 1);
    await lent[0]?.close();
    await (await pool.get()).close();
  });

  it('fails at once with maxOverflow 0, also while the only connection is being dialed', async () => {
    given.endpoint.plan.dial.push('slow');
    const pool = given.endpoint.pool({ wait: false, maxActive: 1, maxOverflow: 0 });
    const first = pool.get();
    await assert.rejects(pool.get(), PoolExhaustedError);
    given.endpoint.gates.dial[0]?.open();
    await (await first).close();
  });

  it('counts calls held back by maxDialing as taken', async () => {
    const { endpoint } = given;
    endpoint.otherwise.dial = 'slow';
    const pool = endpoint.pool({ wait: false, maxActive: 1, maxOverflow: 1, maxDialing: 1 });
    const gets = [pool.get(), pool.get()];
    assert.equal(endpoint.dials.length, 1);
    await assert.rejects(pool.get(), PoolExhaustedError);
    endpoint.gates.dial[0]?.open();
    await microtasks();
    endpoint.gates.dial[1]?.open();
    await Promise.all(gets);
  });
});

describe('the wait queue', () => {
  const given = useEndpoint();

  /** Serves waiters one by one over a single connection; gives the order of their names. */
  async function orderOf(asks: { name: string; priority?: number }[]): Promise<string[]> {
    const pool = given.endpoint.pool({ maxActive: 1 });
    const first = await pool.get();
    const order: string[] = [];
    const done = asks.map(async ({ name, priority }) => {
      const transport = await pool.get(priority === undefined ? {} : { priority });
      order.push(name);
      await microtasks();
      await transport.close();
    });
    await first.close();
    await Promise.all(done);
    return order;
  }

  it('serves first come, first served', async () => {
    assert.deepEqual(await orderOf([{ name: 'a' }, { name: 'b' }, { name: 'c' }]), ['a', 'b', 'c']);
  });

  it('serves a lower priority first, and equal ones in order of arrival', async () => {
    const order = await orderOf([
      { name: 'late 1', priority: 5 },
      { name: 'plain 1' },
      { name: 'urgent 1', priority: -1 },
      { name: 'plain 2', priority: 0 },
      { name: 'late 2', priority: 5 },
      { name: 'urgent 2', priority: -1 },
      { name: 'half', priority: 0.5 },
    ]);
    assert.deepEqual(order, ['urgent 1', 'urgent 2', 'plain 1', 'plain 2', 'half', 'late 1', 'late 2']);
  });

  it('keeps the order of many priorities while waiters leave from the middle', async () => {
    const pool = given.endpoint.pool({ maxActive: 1 });
    const first = await pool.get();
    const served: number[] = [];
    const priorities = Array.from({ length: 200 }, (_, i) => (i * 73) % 101);
    const calls = priorities.map((priority, i) => {
      const controller = new AbortController();
      const call = pool.get({ priority, signal: controller.signal }).then(
        (transport) => {
          served.push(priority);
          return transport.close();
        },
        () => {},
      );
      if (i % 3 === 0) controller.abort();
      return call;
    });
    await first.close();
    await Promise.all(calls);
    const expected = priorities.filter((_, i) => i % 3 !== 0).sort((a, b) => a - b);
    assert.deepEqual(served, expected);
  });

  it('forgets every priority once nobody waits', async () => {
    const pool = given.endpoint.pool({ maxActive: 1 });
    const first = await pool.get();
    const controller = new AbortController();
    const calls = [3, 1, 2].map((priority) => pool.get({ priority, signal: controller.signal }));
    controller.abort();
    assert.ok((await Promise.allSettled(calls)).every(({ status }) => status === 'rejected'));
    const order: number[] = [];
    const again = [2, 1, 3].map((priority) =>
      pool.get({ priority }).then((transport) => {
        order.push(priority);
        return transport.close();
      }),
    );
    await first.close();
    await Promise.all(again);
    assert.deepEqual(order, [1, 2, 3]);
  });

  it('forgets priorities that nobody waits with, also while somebody waits', async () => {
    const pool = given.endpoint.pool({ maxActive: 1 });
    const first = await pool.get();
    const urgent = pool.get({ priority: -1 });
    const order: number[] = [];
    const calls: Promise<unknown>[] = [];
    for (let priority = 0; priority < 500; priority++) {
      const controller = new AbortController();
      calls.push(
        pool.get({ priority, signal: controller.signal }).then(
          (transport) => {
            order.push(priority);
            return transport.close();
          },
          () => {},
        ),
      );
      if (priority % 50 !== 7) controller.abort();
    }
    await first.close();
    await (await urgent).close();
    await Promise.all(calls);
    assert.deepEqual(order, [7, 57, 107, 157, 207, 257, 307, 357, 407, 457]);
  });

  it('lets nobody pass those who wait', async () => {
    const pool = given.endpoint.pool({ maxActive: 1 });
    const first = await pool.get();
    const waiting = pool.get();
    await first.close();
    const late = pool.get();
    assert.equal(pool.tryGet(), undefined);
    assert.equal(await settled(late), 'pending');
    await (await waiting).close();
    await (await late).close();
  });

  it('serves 20,000 waiters of which every second leaves', async () => {
    const pool = given.endpoint.pool({ maxActive: 1 });
    const first = await pool.get();
    const controller = new AbortController();
    let served = 0;
    let gone = 0;
    const calls = Array.from({ length: 20_000 }, (_, i) =>
      pool.get(i % 2 === 0 ? { signal: controller.signal } : {}).then(
        (transport) => {
          served++;
          return transport.close();
        },
        () => {
          gone++;
        },
      ),
    );
    controller.abort();
    await first.close();
    await Promise.all(calls);
    assert.deepEqual([served, gone], [10_000, 10_000]);
  });
});
