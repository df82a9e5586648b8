import assert from 'node:assert/strict';
import { DialError, DialTimeoutError, HeartbeatError } from '../../../lib/pool/index.js';
import { handled, microtasks, settled, useEndpoint, useFakeTime } from './support/fake-endpoint.js';

describe('a failed dial', () => {
  const time = useFakeTime();
  const given = useEndpoint(time);

  it('rejects the get that asked for it, with its cause and the number of attempts', async () => {
    given.endpoint.otherwise.dial = 'fail';
    const pool = given.endpoint.pool({ name: 'dead', dialRetryCount: 2 });
    const get = handled(pool.get());
    await time.clock.tickAsync(1_000);
    const error = (await settled(get)) as DialError;
    assert.ok(error instanceof DialError);
    assert.equal(error.name, 'DialError');
    assert.equal(error.code, 'ERR_DIAL');
    assert.equal(error.attempts, 3);
    assert.equal((error.cause as Error).message, 'dial failed');
    assert.match(error.message, /pool 'dead': dial failed after 3 attempts: dial failed/);
    assert.deepEqual(
      given.endpoint.dials.map(({ attempt }) => attempt),
      [1, 2, 3],
    );
    const { dials, dialErrors, open, dialing } = pool.stats();
    assert.deepEqual([dials, dialErrors, open, dialing], [3, 3, 0, 0]);
  });

  it('is tried again after a pause, and its success is used', async () => {
    given.endpoint.plan.dial.push('fail', 'throw');
    const pool = given.endpoint.pool({ dialRetryCount: 2, dialRetryDelayMs: 100 });
    const random = Math.random;
    Math.random = () => 0.5;
    const get = handled(pool.get());
    await time.clock.tickAsync(49);
    Math.random = random;
    assert.equal(given.endpoint.dials.length, 1);
    assert.equal(pool.stats().dialing, 1);
    await time.clock.tickAsync(300);
    assert.equal((await get).client.id, 1);
  });

  it('waits up to dialRetryDelayMs, doubled per attempt, with full jitter', async () => {
    given.endpoint.otherwise.dial = 'fail';
    const random = Math.random;
    try {
      for (const [share, expected] of [
        [0.5, [0, 50, 150, 350]],
        [0.99, [0, 99, 297, 693]],
      ] as const) {
        Math.random = () => share;
        const from = performance.now();
        const times: number[] = [];
        const pool = given.endpoint.pool({
          dialRetryCount: 3,
          dialRetryDelayMs: 100,
          dial: () => {
            times.push(Math.floor(performance.now() - from));
            throw new Error('no');
          },
        });
        const get = handled(pool.get());
        await time.clock.tickAsync(1_000);
        await assert.rejects(get, DialError);
        assert.deepEqual(times, expected);
      }
    } finally {
      Math.random = random;
    }
  });

  it('never spins: N callers against a dead endpoint cause at most N x (1 + dialRetryCount) dials', async () => {
    given.endpoint.otherwise.dial = 'fail';
    const pool = given.endpoint.pool({ maxActive: 3, dialRetryCount: 1 });
    const gets = Array.from({ length: 20 }, () => pool.get().catch((error: unknown) => error));
    await time.clock.tickAsync(25_000);
    const errors = await Promise.all(gets);
    assert.ok(errors.every((error) => error instanceof DialError));
    assert.equal(given.endpoint.dials.length, 40);
    await time.clock.tickAsync(60_000);
    assert.equal(given.endpoint.dials.length, 40);
  });

  it('rejects one call each, also when hundreds fail together', async () => {
    const pool = given.endpoint.pool({ maxActive: 100, dialRetryCount: 0 });
    const lent = await Promise.all(Array.from({ length: 100 }, () => pool.get()));
    const gets = Array.from({ length: 250 }, () => pool.get());
    given.endpoint.otherwise.dial = 'slow';
    await Promise.all(lent.map((transport) => transport.close(true)));
    assert.equal(pool.stats().dialing, 100);
    given.endpoint.otherwise.dial = 'fail';
    for (const gate of given.endpoint.gates.dial) gate.fail(new Error('refused'));
    const outcomes = await Promise.allSettled(gets);
    assert.ok(
      outcomes.every((outcome) => outcome.status === 'rejected' && outcome.reason.code === 'ERR_DIAL'),
    );
    assert.equal(given.endpoint.dials.length, 100 + 250);
  });

  it('does not hold the calls behind it: the slot goes to the next waiter', async () => {
    given.endpoint.plan.dial.push('fail', 'ok');
    const pool = given.endpoint.pool({ maxActive: 1, dialRetryCount: 0 });
    const [first, second] = [handled(pool.get()), pool.get()];
    await assert.rejects(first, DialError);
    assert.equal((await second).client.id, 1);
  });

  it('rejects the first waiter when the call that asked for it was served otherwise', async () => {
    const pool = given.endpoint.pool({ maxActive: 2, dialRetryCount: 0 });
    const held = await pool.get();
    given.endpoint.plan.dial.push('slow');
    const asker = handled(pool.get());
    const waiter = handled(pool.get());
    await held.close();
    assert.equal((await asker).client.id, 1);
    given.endpoint.gates.dial[0]?.fail(new Error('refused'));
    await assert.rejects(waiter, { code: 'ERR_DIAL', message: /refused/ });
  });

  it('rejects each of several callers with the failure of the dial it asked for', async () => {
    given.endpoint.otherwise.dial = 'slow';
    const pool = given.endpoint.pool({ maxActive: 3, dialRetryCount: 0 });
    const gets = [pool.get(), pool.get(), pool.get()].map(handled);
    given.endpoint.gates.dial[1]?.fail(new Error('second'));
    await assert.rejects(gets[1] as Promise<unknown>, /second/);
    assert.equal(await settled(gets[0] as Promise<unknown>), 'pending');
    given.endpoint.gates.dial[2]?.open();
    await microtasks();
    assert.notEqual(await settled(gets[0] as Promise<unknown>), 'pending', 'first come, first served');
    given.endpoint.gates.dial[0]?.fail(new Error('first'));
    await assert.rejects(gets[2] as Promise<unknown>, /first/);
  });

  it('does not reject a call whose own dial is still good', async () => {
    const pool = given.endpoint.pool({ maxActive: 2, dialRetryCount: 0 });
    const held = await pool.get();
    given.endpoint.plan.dial.push('slow', 'fail');
    const first = pool.get();
    const second = handled(pool.get());
    await held.close(true);
    await assert.rejects(second, { code: 'ERR_DIAL' });
    given.endpoint.gates.dial[0]?.open();
    assert.equal((await first).client.id, 2);
  });

  it('leaves the call time to wait for a connection that is checked meanwhile', async () => {
    given.endpoint.otherwise.dial = 'throw';
    const pool = given.endpoint.pool({ dialRetryCount: 0 });
    await assert.rejects(pool.get(), { cause: new Error('dial threw') });
  });
});

describe('a dial that takes too long', () => {
  const time = useFakeTime();
  const given = useEndpoint(time);

  it('fails with a DialTimeoutError as the cause, and is told through its signal', async () => {
    given.endpoint.otherwise.dial = 'never';
    const pool = given.endpoint.pool({ dialTimeoutMs: 100, dialRetryCount: 0 });
    const get = handled(pool.get());
    await time.clock.tickAsync(99);
    assert.equal(await settled(get), 'pending');
    assert.equal(given.endpoint.dials[0]?.signal.aborted, false);
    await time.clock.tickAsync(1);
    const error = (await settled(get)) as DialError;
    assert.ok(error.cause instanceof DialTimeoutError);
    assert.equal(error.cause.code, 'ERR_DIAL_TIMEOUT');
    assert.match(error.cause.message, /100 ms/);
    assert.equal(given.endpoint.dials[0]?.signal.reason, error.cause);
  });

  it('is closed when it answers after all', async () => {
    given.endpoint.plan.dial.push('slow');
    const pool = given.endpoint.pool({ dialTimeoutMs: 100, dialRetryCount: 0 });
    const get = handled(pool.get());
    await time.clock.tickAsync(100);
    await assert.rejects(get, DialError);
    given.endpoint.gates.dial[0]?.open();
    await microtasks();
    assert.deepEqual(given.endpoint.reasons, ['broken']);
    assert.ok(given.endpoint.closes[0]?.ctx.error instanceof DialTimeoutError);
    assert.equal(pool.stats().open, 0);
  });

  it('surfaces nothing when it fails after all', async () => {
    given.endpoint.plan.dial.push('slow');
    const pool = given.endpoint.pool({ dialTimeoutMs: 100, dialRetryCount: 0 });
    const get = handled(pool.get());
    await time.clock.tickAsync(100);
    await assert.rejects(get, DialError);
    given.endpoint.gates.dial[0]?.fail(new Error('late'));
    await microtasks();
  });
});

describe('the first heartbeat', () => {
  const time = useFakeTime();
  const given = useEndpoint(time);

  it('is sent once before a new connection is used', async () => {
    given.endpoint.plan.heartbeat.push('slow');
    const pool = given.endpoint.pool({ beats: true });
    const get = handled(pool.get());
    await microtasks();
    assert.equal(await settled(get), 'pending');
    assert.equal(pool.stats().dialing, 1);
    assert.equal(pool.stats().open, 0);
    given.endpoint.gates.heartbeat[0]?.open(undefined);
    await (await get).close();
    await (await pool.get()).close();
    assert.equal(given.endpoint.heartbeats.length, 1);
  });

  it('that fails closes the connection and counts as a failed attempt', async () => {
    for (const behaviour of ['fail', 'throw'] as const) {
      given.endpoint.plan.heartbeat.push(behaviour);
      const pool = given.endpoint.pool({ beats: true, dialRetryCount: 1, dialRetryDelayMs: 0 });
      const get = handled(pool.get());
      await time.clock.tickAsync(10);
      await (await get).close();
      const { dials, dialErrors, heartbeats, heartbeatErrors, closed } = pool.stats();
      assert.deepEqual([dials, dialErrors, heartbeats, heartbeatErrors, closed.heartbeat], [2, 1, 2, 1, 1]);
    }
    assert.deepEqual(given.endpoint.reasons, ['heartbeat', 'heartbeat']);
  });

  it('that gives false means dead', async () => {
    const pool = given.endpoint.pool({ heartbeat: () => false, dialRetryCount: 0 });
    const error = (await settled(pool.get())) as DialError;
    assert.ok(error.cause instanceof HeartbeatError);
    assert.equal(error.cause.code, 'ERR_HEARTBEAT');
    assert.match(error.cause.message, /returned false/);
    assert.deepEqual(given.endpoint.reasons, ['heartbeat']);
  });

  it('takes anything but false for alive', async () => {
    for (const answer of [undefined, null, 0, '', true]) {
      await (await given.endpoint.pool({ heartbeat: () => answer }).get()).close();
    }
  });

  it('shares dialTimeoutMs with the dial', async () => {
    given.endpoint.plan.dial.push('slow');
    given.endpoint.otherwise.heartbeat = 'never';
    const pool = given.endpoint.pool({
      beats: true,
      dialTimeoutMs: 100,
      heartbeatTimeoutMs: 5_000,
      dialRetryCount: 0,
    });
    const get = handled(pool.get());
    await time.clock.tickAsync(70);
    given.endpoint.gates.dial[0]?.open();
    await time.clock.tickAsync(29);
    assert.equal(await settled(get), 'pending');
    await time.clock.tickAsync(1);
    const error = (await settled(get)) as DialError;
    assert.ok(error.cause instanceof DialTimeoutError);
    assert.match(error.cause.message, /first heartbeat took longer than 100 ms/);
    assert.deepEqual(given.endpoint.reasons, ['heartbeat']);
    assert.equal(given.endpoint.heartbeats[0]?.ctx.signal.aborted, true);
  });

  it('wraps what it threw, whatever that was', async () => {
    for (const [thrown, told] of [
      ['gone', /heartbeat failed: 'gone' \(string\)/],
      [Object.create(null), /heartbeat failed: an object/],
    ] as const) {
      const pool = given.endpoint.pool({ heartbeat: () => Promise.reject(thrown), dialRetryCount: 0 });
      await assert.rejects(pool.get(), { code: 'ERR_DIAL', message: told });
    }
    assert.deepEqual(given.endpoint.reasons, ['heartbeat', 'heartbeat']);
  });
});

describe('a client that reports itself broken while it is dialed', () => {
  const time = useFakeTime();
  const given = useEndpoint(time);

  it('fails the attempt at once, with what it said', async () => {
    given.endpoint.plan.dial.push('slow');
    const pool = given.endpoint.pool({ dialRetryCount: 0 });
    const get = handled(pool.get());
    given.endpoint.dials[0]?.markBroken(new Error('reset'));
    await assert.rejects(get, { code: 'ERR_DIAL', message: /reset/ });
    given.endpoint.gates.dial[0]?.open();
    await microtasks();
    assert.deepEqual(given.endpoint.reasons, ['broken']);
  });

  it('fails the attempt during its first heartbeat', async () => {
    given.endpoint.plan.heartbeat.push('never');
    const pool = given.endpoint.pool({ beats: true, dialRetryCount: 0 });
    const get = handled(pool.get());
    await microtasks();
    given.endpoint.dials[0]?.markBroken();
    await assert.rejects(get, { code: 'ERR_DIAL', message: /reported itself broken while it was dialed/ });
    assert.deepEqual(given.endpoint.reasons, ['broken']);
  });

  it('fails the attempt even when its dial ends well', async () => {
    const pool = given.endpoint.pool({
      dialRetryCount: 0,
      dial: (ctx) => {
        const client = { id: 7 };
        void Promise.resolve().then(() => ctx.markBroken(new Error('died young')));
        return client;
      },
    });
    await assert.rejects(pool.get(), { code: 'ERR_DIAL', message: /died young/ });
    assert.deepEqual(given.endpoint.reasons, ['broken']);
  });

  it('is closed exactly once, at whatever moment around its first loan it dies', async () => {
    for (let moments = 0; moments < 12; moments++) {
      const pool = given.endpoint.pool({
        dialRetryCount: 0,
        maxActive: 1,
        dial: async (ctx) => {
          const client = { id: moments };
          void (async () => {
            for (let i = 0; i < moments; i++) await null;
            ctx.markBroken(new Error('died young'));
          })();
          return client;
        },
      });
      const before = given.endpoint.closes.length;
      const outcome = await settled(pool.get());
      if (!(outcome instanceof DialError)) await (outcome as { close(): Promise<void> }).close();
      await microtasks();
      assert.deepEqual(given.endpoint.reasons.slice(before), ['broken'], `after ${moments} microtasks`);
      assert.equal(pool.stats().open, 0);
    }
  });
});
