import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { getEventListeners } from 'node:events';
import { PoolClosedError, WaitTimeoutError } from '../../../lib/pool/index.js';
import { handled, microtasks, settled, useEndpoint, useFakeTime } from './support/fake-endpoint.js';

describe('a get that runs out of time', () => {
  const time = useFakeTime();
  const given = useEndpoint(time);

  it('rejects after waitTimeoutMs with the figures an operator needs', async () => {
    const pool = given.endpoint.pool({ name: 'busy', maxActive: 1, waitTimeoutMs: 250 });
    await pool.get();
    const get = handled(pool.get());
    await time.clock.tickAsync(249);
    assert.equal(await settled(get), 'pending');
    await time.clock.tickAsync(1);
    const error = (await settled(get)) as WaitTimeoutError;
    assert.ok(error instanceof WaitTimeoutError);
    assert.equal(error.code, 'ERR_WAIT_TIMEOUT');
    assert.equal(error.phase, 'queue');
    assert.equal(error.stats.inUse, 1);
    assert.match(error.message, /pool 'busy': no connection within 250 ms, waiting in the queue/);
    assert.match(
      error.message,
      /maxActive 1, maxIdle 1, open 1, idle 0, in use 1, checking 0, dialing 0, waiting 1/,
    );
    assert.match(error.message, /last dial error: none/);
    const { waits, waitTimeouts, waitMsTotal, waiting } = pool.stats();
    assert.deepEqual([waits, waitTimeouts, waitMsTotal, waiting], [1, 1, 250, 0]);
  });

  it('says what it waited for, and what the last dial failed with', async () => {
    given.endpoint.plan.dial.push('fail', 'never');
    const pool = given.endpoint.pool({ waitTimeoutMs: 1_000, dialRetryDelayMs: 0 });
    const get = handled(pool.get());
    await time.clock.tickAsync(1_000);
    const error = (await settled(get)) as WaitTimeoutError;
    assert.equal(error.phase, 'dial');
    assert.match(error.message, /waiting for a dial.*last dial error: dial failed/);
    assert.equal((error.cause as Error).message, 'dial failed');
  });

  it('says nothing of a failed dial once one went well', async () => {
    given.endpoint.plan.dial.push('fail', 'ok');
    const pool = given.endpoint.pool({ maxActive: 1, dialRetryDelayMs: 0 });
    const held = pool.get();
    await time.clock.tickAsync(1);
    await held;
    const late = handled(pool.get({ timeoutMs: 10 }));
    await time.clock.tickAsync(10);
    const error = (await settled(late)) as WaitTimeoutError;
    assert.match(error.message, /last dial error: none/);
    assert.equal(error.cause, undefined);
  });

  it('names a paused pool as the reason', async () => {
    const pool = given.endpoint.pool({ waitTimeoutMs: 100 });
    pool.pause();
    const get = handled(pool.get());
    await time.clock.tickAsync(100);
    assert.equal(((await settled(get)) as WaitTimeoutError).phase, 'paused');
  });

  it('goes by its own timeoutMs when it has one', async () => {
    const pool = given.endpoint.pool({ maxActive: 1, waitTimeoutMs: 100 });
    await pool.get();
    const [short, long, endless] = [10, 1_000, 0].map((timeoutMs) => handled(pool.get({ timeoutMs })));
    await time.clock.tickAsync(10);
    assert.ok((await settled(short as Promise<unknown>)) instanceof WaitTimeoutError);
    await time.clock.tickAsync(989);
    assert.equal(await settled(long as Promise<unknown>), 'pending');
    await time.clock.tickAsync(1);
    assert.ok((await settled(long as Promise<unknown>)) instanceof WaitTimeoutError);
    await time.clock.tickAsync(10_000_000);
    assert.equal(await settled(endless as Promise<unknown>), 'pending');
  });

  it('has no limit with waitTimeoutMs 0 or Infinity', async () => {
    for (const waitTimeoutMs of [0, Number.POSITIVE_INFINITY]) {
      const pool = given.endpoint.pool({ maxActive: 1, waitTimeoutMs, idleTimeoutMs: 0 });
      await pool.get();
      const get = handled(pool.get());
      await time.clock.tickAsync(10_000_000);
      assert.equal(await settled(get), 'pending');
    }
  });

  it('counts from its own start, whoever joined before', async () => {
    const pool = given.endpoint.pool({ maxActive: 1, waitTimeoutMs: 100 });
    await pool.get();
    const first = handled(pool.get());
    await time.clock.tickAsync(60);
    const second = handled(pool.get());
    await time.clock.tickAsync(40);
    assert.ok((await settled(first)) instanceof WaitTimeoutError);
    assert.equal(await settled(second), 'pending');
    await time.clock.tickAsync(60);
    assert.ok((await settled(second)) instanceof WaitTimeoutError);
  });

  it('honours delays that setTimeout cannot take', async () => {
    const pool = given.endpoint.pool({ maxActive: 1, waitTimeoutMs: 2 ** 31 + 5_000, idleTimeoutMs: 0 });
    await pool.get();
    const get = handled(pool.get());
    await time.clock.tickAsync(10);
    assert.equal(await settled(get), 'pending', 'not after 1 ms');
    await time.clock.tickAsync(2 ** 31);
    assert.equal(await settled(get), 'pending');
    await time.clock.tickAsync(5_000);
    assert.ok((await settled(get)) instanceof WaitTimeoutError);
  });

  it('is untouched by a jump of the wall clock', async () => {
    const pool = given.endpoint.pool({ maxActive: 1, waitTimeoutMs: 1_000 });
    await pool.get();
    const get = handled(pool.get());
    time.clock.setSystemTime(Date.now() + 86_400_000);
    await time.clock.tickAsync(999);
    assert.equal(await settled(get), 'pending');
  });

  it('leaves its dial to the next waiter', async () => {
    given.endpoint.plan.dial.push('slow');
    const pool = given.endpoint.pool({ maxActive: 1 });
    const first = handled(pool.get({ timeoutMs: 10 }));
    const second = pool.get();
    await time.clock.tickAsync(10);
    assert.ok((await settled(first)) instanceof WaitTimeoutError);
    given.endpoint.gates.dial[0]?.open();
    assert.equal((await second).client.id, 1);
    assert.equal(given.endpoint.dials.length, 1);
  });

  it('leaves its dial to become idle when nobody waits', async () => {
    given.endpoint.plan.dial.push('slow');
    const pool = given.endpoint.pool();
    const get = handled(pool.get({ timeoutMs: 10 }));
    await time.clock.tickAsync(10);
    assert.ok((await settled(get)) instanceof WaitTimeoutError);
    given.endpoint.gates.dial[0]?.open();
    await microtasks();
    assert.equal(pool.stats().idle, 1);
  });

  it('leaves no timer behind, and one that is served neither', async () => {
    const pool = given.endpoint.pool({ maxActive: 1, idleTimeoutMs: 0 });
    const transport = await pool.get();
    const before = time.clock.countTimers();
    const gets = [handled(pool.get({ timeoutMs: 10 })), handled(pool.get({ timeoutMs: 20 })), pool.get()];
    await time.clock.tickAsync(20);
    await transport.close();
    await gets[2];
    assert.equal(time.clock.countTimers(), before);
  });
});

describe('a get that is aborted', () => {
  const given = useEndpoint();
  const reason = new Error('not needed any more');

  it("rejects with the signal's own reason, at once when it is aborted already", async () => {
    const pool = given.endpoint.pool();
    await assert.rejects(pool.get({ signal: AbortSignal.abort(reason) }), reason);
    assert.equal(given.endpoint.dials.length, 0);
  });

  it('leaves the queue and leaves no listener on its signal', async () => {
    const pool = given.endpoint.pool({ maxActive: 1 });
    const transport = await pool.get();
    const controller = new AbortController();
    const aborted = pool.get({ signal: controller.signal });
    const next = pool.get();
    assert.equal(pool.stats().waiting, 2);
    controller.abort(reason);
    await assert.rejects(aborted, reason);
    assert.equal(pool.stats().waiting, 1);
    assert.equal(getEventListeners(controller.signal, 'abort').length, 0);
    await transport.close();
    assert.equal((await next).client.id, 1, 'no connection is lost');
  });

  it('leaves no listener on its signal when it is served', async () => {
    const pool = given.endpoint.pool({ maxActive: 1 });
    const controller = new AbortController();
    const transport = await pool.get({ signal: controller.signal });
    const waiting = pool.get({ signal: controller.signal });
    assert.equal(getEventListeners(controller.signal, 'abort').length, 1);
    await transport.close();
    await waiting;
    assert.equal(getEventListeners(controller.signal, 'abort').length, 0);
  });

  it('lets its dial serve the next waiter', async () => {
    given.endpoint.plan.dial.push('slow');
    const pool = given.endpoint.pool({ maxActive: 1 });
    const controller = new AbortController();
    const aborted = pool.get({ signal: controller.signal });
    const next = pool.get();
    controller.abort(reason);
    await assert.rejects(aborted, reason);
    assert.equal(given.endpoint.dials[0]?.signal.aborted, false, 'the dial goes on');
    given.endpoint.gates.dial[0]?.open();
    assert.equal((await next).client.id, 1);
  });

  it('puts one listener on a signal, however many calls share it', async () => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error) => warnings.push(warning);
    process.on('warning', onWarning);
    const pools = [given.endpoint.pool({ maxActive: 1 }), given.endpoint.pool({ maxActive: 1 })];
    const held = await Promise.all(pools.map((pool) => pool.get()));
    const controller = new AbortController();
    const calls = Array.from({ length: 1_000 }, (_, i) => pools[i % 2]?.get({ signal: controller.signal }));
    assert.equal(getEventListeners(controller.signal, 'abort').length, 1);
    controller.abort(reason);
    const outcomes = await Promise.allSettled(calls);
    assert.ok(outcomes.every((outcome) => outcome.status === 'rejected' && outcome.reason === reason));
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', onWarning);
    assert.deepEqual(warnings, []);
    assert.equal(held.length, 2);
  });

  it('is not rejected when another listener of the signal gets it served first', async () => {
    const pool = given.endpoint.pool({ maxActive: 1 });
    const transport = await pool.get();
    const controller = new AbortController();
    const { signal } = controller;
    const onGet = (message: unknown) => {
      if ((message as { error?: unknown }).error === reason) void transport.close();
    };
    subscribe('connpool:get', onGet);
    try {
      const calls = [pool.get({ signal }), pool.get({ signal }), pool.get({ signal })].map(handled);
      controller.abort(reason);
      const outcomes = await Promise.all(calls.map(settled));
      assert.deepEqual(
        outcomes.map((outcome) => (outcome === reason ? 'aborted' : 'served')),
        ['aborted', 'served', 'aborted'],
      );
    } finally {
      unsubscribe('connpool:get', onGet);
    }
  });

  it('passes undefined over as a signal that is not there', async () => {
    const pool = given.endpoint.pool();
    await (await pool.get({ signal: undefined, timeoutMs: undefined, priority: undefined })).close();
  });
});

describe('close', () => {
  const time = useFakeTime();
  const given = useEndpoint(time);

  it('refuses new calls and rejects those that wait', async () => {
    const pool = given.endpoint.pool({ maxActive: 1, name: 'gone' });
    const transport = await pool.get();
    const waiting = handled(pool.get());
    const closed = pool.close();
    await assert.rejects(waiting, { code: 'ERR_POOL_CLOSED', name: 'PoolClosedError', message: /'gone'/ });
    await assert.rejects(pool.get(), PoolClosedError);
    await assert.rejects(
      pool.do(() => 1),
      PoolClosedError,
    );
    await assert.rejects(pool.warmUp(1), PoolClosedError);
    assert.equal(pool.stats().state, 'closing');
    await transport.close();
    await closed;
    assert.equal(pool.stats().state, 'closed');
  });

  it('closes idle connections now and borrowed ones on return, and resolves with the last', async () => {
    const pool = given.endpoint.pool();
    await pool.warmUp(2);
    const transport = await pool.get();
    const closed = pool.close();
    assert.deepEqual(given.endpoint.reasons, ['shutdown']);
    assert.equal(await settled(closed), 'pending');
    given.endpoint.plan.close.push('slow');
    void transport.close();
    assert.deepEqual(given.endpoint.reasons, ['shutdown', 'shutdown']);
    assert.equal(await settled(closed), 'pending');
    given.endpoint.gates.close[0]?.open();
    assert.equal(await settled(closed), undefined);
    assert.equal(pool.stats().open, 0);
  });

  it('closes borrowed connections too after timeoutMs', async () => {
    const pool = given.endpoint.pool();
    const transport = await pool.get();
    const closed = pool.close({ timeoutMs: 100 });
    await time.clock.tickAsync(99);
    assert.equal(await settled(closed), 'pending');
    assert.ok(transport.client);
    await time.clock.tickAsync(1);
    assert.equal(await settled(closed), undefined);
    assert.deepEqual(given.endpoint.reasons, ['shutdown']);
    assert.throws(() => transport.client, { code: 'ERR_TRANSPORT_CLOSED' });
    await transport.close(true);
    assert.equal(given.endpoint.closes.length, 1);
  });

  it('does not close twice what a close callback gives back meanwhile', async () => {
    const lent: { close(): Promise<void> }[] = [];
    const pool = given.endpoint.pool({
      close: (client, ctx) => {
        given.endpoint.closes.push({ client, ctx });
        void lent[1]?.close();
      },
    });
    lent.push(await pool.get(), await pool.get());
    const closed = pool.close({ timeoutMs: 0 });
    await time.clock.tickAsync(0);
    await closed;
    assert.deepEqual(
      given.endpoint.closes.map(({ client }) => client.id),
      [1, 2],
    );
  });

  it('gives borrowed connections less time when a later call says so, never more', async () => {
    const pool = given.endpoint.pool();
    await pool.get();
    const closed = pool.close();
    await time.clock.tickAsync(60_000);
    assert.equal(pool.close({ timeoutMs: 100 }), closed);
    void pool.close({ timeoutMs: 500 });
    void pool.close();
    await time.clock.tickAsync(99);
    assert.equal(await settled(closed), 'pending');
    await time.clock.tickAsync(1);
    assert.equal(await settled(closed), undefined);
    void pool.close({ timeoutMs: 100 });
    assert.equal(time.clock.countTimers(), 0);
  });

  it('returns the same promise each time', async () => {
    const pool = given.endpoint.pool();
    const closed = pool.close();
    assert.equal(pool.close({ timeoutMs: 5 }), closed);
    assert.equal(pool[Symbol.asyncDispose](), closed);
    await closed;
    assert.equal(pool.close(), closed);
  });

  it('aborts the dials under way and closes what they still return', async () => {
    given.endpoint.plan.dial.push('slow');
    const pool = given.endpoint.pool();
    const get = handled(pool.get());
    const closed = pool.close();
    assert.equal(given.endpoint.dials[0]?.signal.aborted, true);
    assert.equal(pool.stats().dialing, 0);
    assert.equal(await settled(closed), undefined);
    await assert.rejects(get, PoolClosedError);
    given.endpoint.gates.dial[0]?.open();
    await microtasks();
    assert.deepEqual(given.endpoint.reasons, ['shutdown']);
  });

  it('waits for the close of a client that was under its first heartbeat', async () => {
    given.endpoint.plan.heartbeat.push('never');
    given.endpoint.plan.close.push('slow');
    const pool = given.endpoint.pool({ beats: true });
    const get = handled(pool.get());
    await microtasks();
    const closed = pool.close();
    await assert.rejects(get, PoolClosedError);
    assert.equal(await settled(closed), 'pending');
    assert.deepEqual(given.endpoint.reasons, ['shutdown']);
    given.endpoint.gates.close[0]?.open();
    assert.equal(await settled(closed), undefined);
  });

  it('closes a client whose dial ended in the same moment', async () => {
    const pool = given.endpoint.pool();
    const get = handled(pool.get());
    await null;
    const closed = pool.close();
    await assert.rejects(get, PoolClosedError);
    await closed;
    assert.deepEqual(given.endpoint.reasons, ['shutdown']);
    assert.equal(pool.stats().closing, 0);
  });

  it('starts no dial afterwards: not for retries, refills or waiters', async () => {
    given.endpoint.otherwise.dial = 'fail';
    const pool = given.endpoint.pool({ minIdle: 1, maxActive: 2, dialRetryCount: 5 });
    const get = handled(pool.get());
    await time.clock.tickAsync(1);
    const before = given.endpoint.dials.length;
    await pool.close();
    await assert.rejects(get, PoolClosedError);
    await time.clock.tickAsync(100_000);
    assert.equal(given.endpoint.dials.length, before);
    assert.equal(time.clock.countTimers(), 0);
  });

  it('closes connections under a heartbeat and gives the heartbeat up', async () => {
    const pool = given.endpoint.pool({ beats: true, heartbeatIntervalMs: 1_000 });
    await pool.warmUp(1);
    given.endpoint.plan.heartbeat.push('slow');
    await time.clock.tickAsync(1_000);
    assert.equal(pool.stats().checking, 1);
    await pool.close();
    assert.deepEqual(given.endpoint.reasons, ['shutdown']);
    assert.equal(given.endpoint.heartbeats[1]?.ctx.signal.aborted, true);
    given.endpoint.gates.heartbeat[0]?.fail(new Error('late'));
    await microtasks();
    assert.equal(given.endpoint.closes.length, 1);
  });

  it('ends although a close callback never does', async () => {
    given.endpoint.otherwise.close = 'never';
    const pool = given.endpoint.pool({ closeTimeoutMs: 300 });
    const errors: unknown[] = [];
    pool.on('closeError', (error) => errors.push(error));
    await pool.warmUp(1);
    const closed = pool.close();
    await time.clock.tickAsync(299);
    assert.equal(await settled(closed), 'pending');
    await time.clock.tickAsync(1);
    assert.equal(await settled(closed), undefined);
    assert.match(String(errors[0]), /close took longer than 300 ms/);
  });

  it('leaves its deadline behind when the last connection comes back in time', async () => {
    const pool = given.endpoint.pool();
    const transport = await pool.get();
    const closed = pool.close({ timeoutMs: 60_000 });
    await transport.close();
    await closed;
    assert.equal(time.clock.countTimers(), 0);
  });

  it('starts no refill when upkeep itself has led to it', async () => {
    const pool = given.endpoint.pool({
      minIdle: 1,
      maxLifetimeMs: 1_000,
      close: () => void pool.close(),
    });
    await time.clock.tickAsync(5_000);
    assert.equal(pool.stats().state, 'closed');
    assert.equal(given.endpoint.dials.length, 1);
  });

  it('leaves no timer behind', async () => {
    const pool = given.endpoint.pool({ beats: true, minIdle: 1, maxLifetimeMs: 5_000, leakDetectionMs: 100 });
    await pool.warmUp();
    await (await pool.get()).close();
    await pool.close();
    assert.equal(time.clock.countTimers(), 0);
  });

  it('refuses options that are none', async () => {
    const pool = given.endpoint.pool();
    for (const options of [{ timeout: 5 }, 5, null]) {
      await assert.rejects(pool.close(options as never), { code: 'ERR_INVALID_OPTION' });
    }
    assert.equal(pool.stats().state, 'open');
    await assert.rejects(pool.close({ timeoutMs: -1 }), { code: 'ERR_INVALID_OPTION', message: /timeoutMs/ });
    await pool.close();
  });
});
