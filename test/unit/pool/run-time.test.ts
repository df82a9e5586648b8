import assert from 'node:assert/strict';
import { DialError } from '../../../lib/pool/index.js';
import { handled, microtasks, settled, useEndpoint, useFakeTime } from './support/fake-endpoint.js';

describe('configure', () => {
  const time = useFakeTime();
  const given = useEndpoint(time);

  it('lets those who wait use a raised maxActive at once', async () => {
    const pool = given.endpoint.pool({ maxActive: 1 });
    await pool.get();
    const waiting = pool.get();
    pool.configure({ maxActive: 2 });
    assert.equal((await waiting).client.id, 2);
    assert.equal(pool.stats().maxIdle, 2, 'maxIdle follows when it was not set');
  });

  it('closes what is over a lowered limit: idle now, borrowed on return', async () => {
    const pool = given.endpoint.pool({ maxActive: 5 });
    const lent = await Promise.all([pool.get(), pool.get(), pool.get()]);
    await lent[0]?.close();
    await lent[1]?.close();
    pool.configure({ maxActive: 1 });
    assert.deepEqual(given.endpoint.reasons, ['excess', 'excess']);
    assert.equal(pool.stats().open, 1);
    pool.configure({ maxIdle: 0 });
    await lent[2]?.close();
    assert.deepEqual(given.endpoint.reasons, ['excess', 'excess', 'excess']);
  });

  it('closes idle connections that have reached a lowered maxUses', async () => {
    const pool = given.endpoint.pool();
    await (await pool.get()).close();
    pool.configure({ maxUses: 1 });
    assert.deepEqual(given.endpoint.reasons, ['uses']);
  });

  it('applies new timings to the connections there are', async () => {
    const pool = given.endpoint.pool({ beats: true, idleTimeoutMs: 0, heartbeatIntervalMs: 100_000 });
    await pool.warmUp(2);
    await time.clock.tickAsync(5_000);
    pool.configure({ heartbeatIntervalMs: 1_000 });
    await time.clock.tickAsync(0);
    assert.equal(given.endpoint.heartbeats.length, 4, 'due at once');
    pool.configure({ idleTimeoutMs: 6_000 });
    await time.clock.tickAsync(1_000);
    assert.equal(pool.stats().idle, 0);
  });

  it('applies a new maxLifetimeMs to the connections there are, and takes it off again', async () => {
    const pool = given.endpoint.pool({ idleTimeoutMs: 0 });
    await pool.warmUp(1);
    pool.configure({ maxLifetimeMs: 1_000 });
    pool.configure({ maxLifetimeMs: 0 });
    await time.clock.tickAsync(2_000);
    assert.equal(pool.stats().idle, 1);
    pool.configure({ maxLifetimeMs: 1_000 });
    await time.clock.tickAsync(0);
    assert.deepEqual(given.endpoint.reasons, ['lifetime']);
  });

  it('starts to keep minIdle', async () => {
    const pool = given.endpoint.pool();
    pool.configure({ minIdle: 2 });
    await time.clock.tickAsync(0);
    assert.equal(pool.stats().idle, 2);
  });

  it('switches between queueing and overflowing', async () => {
    const pool = given.endpoint.pool({ maxActive: 1 });
    await pool.get();
    const waiting = pool.get();
    pool.configure({ wait: false, maxOverflow: 1 });
    assert.equal((await waiting).client.id, 2);
    await assert.rejects(pool.get(), { code: 'ERR_POOL_EXHAUSTED' });
  });

  it('takes undefined for the default', () => {
    const pool = given.endpoint.pool({ maxActive: 3 });
    pool.configure({ maxActive: undefined });
    assert.equal(pool.stats().maxActive, 10);
  });

  it('refuses a bad change whole', () => {
    const pool = given.endpoint.pool({ maxActive: 3, minIdle: 2 });
    assert.throws(() => pool.configure({ maxActive: 1 }), { code: 'ERR_INVALID_OPTION', option: 'minIdle' });
    assert.throws(() => pool.configure({ maxActive: 5, maxIdle: -1 }), { option: 'maxIdle' });
    assert.throws(() => pool.configure({ maxActiv: 5 } as never), { option: 'maxActiv' });
    assert.throws(() => pool.configure({ dial: () => {} } as never), {
      message: /only limits and timings change/,
    });
    assert.throws(() => pool.configure(null as never), { option: 'limits' });
    assert.equal(pool.stats().maxActive, 3);
  });
});

describe('pause', () => {
  const time = useFakeTime();
  const given = useEndpoint(time);

  it('makes get queue, whatever wait says, until resume', async () => {
    for (const wait of [true, false]) {
      const pool = given.endpoint.pool({ wait, maxActive: 1, maxOverflow: 0 });
      await pool.warmUp(1);
      pool.pause();
      assert.equal(pool.stats().state, 'paused');
      const [first, second] = [pool.get(), handled(pool.get())];
      assert.equal(await settled(first), 'pending');
      assert.equal(pool.stats().waiting, 2);
      pool.resume();
      assert.equal(pool.stats().state, 'open');
      await (await first).close();
      await (await second).close();
    }
  });

  it('lets dials under way end, and keeps what they give idle', async () => {
    given.endpoint.plan.dial.push('slow');
    const pool = given.endpoint.pool();
    const get = pool.get();
    pool.pause();
    given.endpoint.gates.dial[0]?.open();
    await microtasks();
    assert.equal(await settled(get), 'pending');
    assert.equal(pool.stats().idle, 1);
    pool.resume();
    assert.equal((await get).client.id, 1);
  });

  it('takes back what is borrowed', async () => {
    const pool = given.endpoint.pool();
    const transport = await pool.get();
    pool.pause();
    pool.pause();
    await transport.close();
    assert.equal(pool.stats().idle, 1);
    pool.resume();
    pool.resume();
  });

  it('counts against maxWaiting', async () => {
    const pool = given.endpoint.pool({ maxWaiting: 1 });
    pool.pause();
    const get = pool.get();
    await assert.rejects(pool.get(), { code: 'ERR_WAIT_QUEUE_FULL' });
    pool.resume();
    await get;
  });

  it('keeps what it took for a caller whom a close callback has sent away', async () => {
    const controller = new AbortController();
    const pool = given.endpoint.pool({
      maxLifetimeMs: 10_000,
      idleOrder: 'fifo',
      idleTimeoutMs: 0,
      close: (client, ctx) => {
        given.endpoint.closes.push({ client, ctx });
        controller.abort();
      },
    });
    await pool.warmUp(1);
    await time.clock.tickAsync(5_000);
    await pool.warmUp(2);
    pool.pause();
    const get = handled(pool.get({ signal: controller.signal }));
    const real = performance.now;
    performance.now = () => real.call(performance) + 5_000;
    pool.resume();
    performance.now = real;
    await assert.rejects(get, { name: 'AbortError' });
    assert.deepEqual(given.endpoint.reasons, ['lifetime']);
    assert.equal(pool.stats().idle, 1);
    assert.equal((await pool.get()).client.id, 2, 'and the pool goes on');
  });

  it('does nothing to a closed pool', async () => {
    const pool = given.endpoint.pool();
    await pool.close();
    pool.pause();
    pool.resume();
    assert.equal(pool.stats().state, 'closed');
  });
});

describe('invalidate', () => {
  const time = useFakeTime();
  const given = useEndpoint(time);

  it('closes idle connections now and borrowed ones on return', async () => {
    const pool = given.endpoint.pool();
    await pool.warmUp(2);
    const transport = await pool.get();
    pool.invalidate();
    assert.deepEqual(given.endpoint.reasons, ['invalidated']);
    assert.ok(transport.client);
    await transport.close();
    assert.deepEqual(given.endpoint.reasons, ['invalidated', 'invalidated']);
    await (await pool.get()).close();
    assert.equal(pool.stats().idle, 1, 'new ones stay');
  });

  it('closes connections under a heartbeat', async () => {
    const pool = given.endpoint.pool({ beats: true, heartbeatIntervalMs: 0 });
    await (await pool.get()).close();
    given.endpoint.plan.heartbeat.push('never');
    const get = pool.get();
    pool.invalidate();
    assert.equal((await get).client.id, 2);
    assert.deepEqual(given.endpoint.reasons, ['invalidated']);
  });

  it('lends a connection whose dial was under way once, and keeps it no longer', async () => {
    given.endpoint.plan.dial.push('slow');
    const pool = given.endpoint.pool();
    const get = pool.get();
    pool.invalidate();
    given.endpoint.gates.dial[0]?.open();
    const transport = await get;
    await transport.close();
    assert.deepEqual(given.endpoint.reasons, ['invalidated']);
  });

  it('closes a connection whose dial was under way for nobody', async () => {
    given.endpoint.plan.dial.push('slow');
    const pool = given.endpoint.pool();
    const get = handled(pool.get({ timeoutMs: 1 }));
    await time.clock.tickAsync(1);
    pool.invalidate();
    given.endpoint.gates.dial[0]?.open();
    await microtasks();
    assert.deepEqual(given.endpoint.reasons, ['invalidated']);
    await assert.rejects(get);
  });
});

describe('warmUp', () => {
  const time = useFakeTime();
  const given = useEndpoint(time);

  it('dials until count connections are idle', async () => {
    const pool = given.endpoint.pool({ maxActive: 5 });
    await pool.warmUp(3);
    assert.equal(pool.stats().idle, 3);
    await pool.warmUp(2);
    assert.equal(given.endpoint.dials.length, 3);
  });

  it('takes minIdle as its default count, and waits for the refill under way', async () => {
    given.endpoint.otherwise.dial = 'slow';
    const pool = given.endpoint.pool({ minIdle: 2 });
    await time.clock.tickAsync(0);
    const warm = pool.warmUp();
    assert.equal(await settled(warm), 'pending');
    assert.equal(given.endpoint.dials.length, 2);
    for (const gate of given.endpoint.gates.dial) gate.open();
    await warm;
    assert.equal(pool.stats().idle, 2);
  });

  it('goes no further than maxIdle and maxActive', async () => {
    const pool = given.endpoint.pool({ maxActive: 4, maxIdle: 3 });
    await pool.get();
    await pool.warmUp(100);
    assert.deepEqual([pool.stats().idle, pool.stats().open], [3, 4]);
  });

  it('keeps to maxDialing', async () => {
    given.endpoint.otherwise.dial = 'slow';
    const pool = given.endpoint.pool({ maxDialing: 1 });
    const warm = pool.warmUp(2);
    assert.equal(given.endpoint.dials.length, 1);
    given.endpoint.gates.dial[0]?.open();
    await microtasks();
    given.endpoint.gates.dial[1]?.open();
    await warm;
    assert.equal(pool.stats().idle, 2);
  });

  it('gives way to callers, and ends when they have taken the room', async () => {
    given.endpoint.otherwise.dial = 'slow';
    const pool = given.endpoint.pool({ maxActive: 2, maxDialing: 1 });
    const warm = pool.warmUp(2);
    const get = pool.get();
    const other = pool.get();
    given.endpoint.gates.dial[0]?.open();
    assert.equal((await get).client.id, 1);
    given.endpoint.gates.dial[1]?.open();
    assert.equal((await other).client.id, 2);
    await warm;
  });

  it('rejects with the DialError of what it could not dial', async () => {
    given.endpoint.otherwise.dial = 'fail';
    const pool = given.endpoint.pool({ dialRetryCount: 1 });
    const warm = handled(pool.warmUp(2));
    await time.clock.tickAsync(1_000);
    await assert.rejects(warm, DialError);
    assert.equal(given.endpoint.dials.length, 4);
  });

  it('rejects when the pool closes meanwhile', async () => {
    given.endpoint.otherwise.dial = 'never';
    const pool = given.endpoint.pool({ maxDialing: 1 });
    const warm = handled(pool.warmUp(2));
    await pool.close();
    await assert.rejects(warm, { code: 'ERR_POOL_CLOSED' });
  });

  it('refuses a count that is none', async () => {
    const pool = given.endpoint.pool();
    for (const count of [-1, 1.5, '2']) {
      await assert.rejects(pool.warmUp(count as number), { code: 'ERR_INVALID_OPTION', message: /'count'/ });
    }
  });
});
