import assert from 'node:assert/strict';
import { microtasks, settled, useEndpoint, useFakeTime } from './support/fake-endpoint.js';

describe('upkeep', () => {
  const time = useFakeTime();
  const given = useEndpoint(time);

  it('closes what has been idle for idleTimeoutMs', async () => {
    const pool = given.endpoint.pool({ idleTimeoutMs: 1_000 });
    const [a, b] = [await pool.get(), await pool.get()];
    await a.close();
    await time.clock.tickAsync(400);
    await b.close();
    await time.clock.tickAsync(599);
    assert.equal(pool.stats().idle, 2);
    await time.clock.tickAsync(1);
    assert.equal(pool.stats().idle, 1);
    await time.clock.tickAsync(400);
    assert.equal(pool.stats().idle, 0);
    assert.deepEqual(given.endpoint.reasons, ['idle', 'idle']);
  });

  it('starts the idle time anew with every loan, not with every heartbeat', async () => {
    const pool = given.endpoint.pool({ beats: true, idleTimeoutMs: 1_000, heartbeatIntervalMs: 300 });
    await (await pool.get()).close();
    await time.clock.tickAsync(500);
    await (await pool.get()).close();
    await time.clock.tickAsync(999);
    assert.equal(pool.stats().idle, 1);
    await time.clock.tickAsync(1);
    assert.equal(pool.stats().idle, 0);
  });

  it('never closes for idleness with idleTimeoutMs 0', async () => {
    const pool = given.endpoint.pool({ idleTimeoutMs: 0 });
    await pool.warmUp(1);
    await time.clock.tickAsync(100_000_000);
    assert.equal(pool.stats().idle, 1);
  });

  it('keeps minIdle of the idle ones', async () => {
    const pool = given.endpoint.pool({ idleTimeoutMs: 1_000, minIdle: 2 });
    await pool.warmUp(5);
    await time.clock.tickAsync(10_000);
    assert.equal(pool.stats().idle, 2);
    assert.equal(given.endpoint.dials.length, 5, 'and dials none anew for those it closed');
  });

  it('closes what is past maxLifetimeMs, up to 10 % earlier', async () => {
    const random = Math.random;
    try {
      for (const [share, expected] of [
        [0, 10_000],
        [0.999999, 9_000],
      ] as const) {
        Math.random = () => share;
        const pool = given.endpoint.pool({ maxLifetimeMs: 10_000, idleTimeoutMs: 0 });
        await pool.warmUp(1);
        await time.clock.tickAsync(expected - 1);
        assert.equal(pool.stats().idle, 1);
        await time.clock.tickAsync(1);
        assert.equal(pool.stats().idle, 0);
      }
      assert.deepEqual(given.endpoint.reasons, ['lifetime', 'lifetime']);
    } finally {
      Math.random = random;
    }
  });

  it('closes a borrowed connection that is past its lifetime on return, and frees its slot at once', async () => {
    const pool = given.endpoint.pool({ maxLifetimeMs: 1_000, maxActive: 1 });
    const transport = await pool.get();
    const waiting = pool.get();
    await time.clock.tickAsync(1_000);
    assert.equal(given.endpoint.closes.length, 0);
    await transport.close();
    assert.deepEqual(given.endpoint.reasons, ['lifetime']);
    assert.equal((await waiting).client.id, 2);
  });

  it('lends nothing past its lifetime even when its timer is late', async () => {
    const pool = given.endpoint.pool({ maxLifetimeMs: 1_000 });
    await pool.warmUp(2);
    const real = performance.now;
    try {
      performance.now = () => real.call(performance) + 5_000;
      assert.equal((await pool.get()).client.id, 3);
    } finally {
      performance.now = real;
    }
    assert.deepEqual(given.endpoint.reasons, ['lifetime', 'lifetime']);
  });

  it('dials up to minIdle, also at the start', async () => {
    const pool = given.endpoint.pool({ minIdle: 2 });
    assert.equal(given.endpoint.dials.length, 0, 'not inside the constructor');
    await time.clock.tickAsync(0);
    assert.equal(pool.stats().idle, 2);
  });

  it('dials a lost connection back up to minIdle at once, and after loans within a second', async () => {
    const pool = given.endpoint.pool({ minIdle: 2, idleTimeoutMs: 0 });
    await time.clock.tickAsync(60_000);
    given.endpoint.dials[0]?.markBroken();
    assert.equal(pool.stats().idle, 1);
    await time.clock.tickAsync(0);
    assert.equal(pool.stats().idle, 2);
    await pool.get();
    await time.clock.tickAsync(1_000);
    assert.equal(pool.stats().idle, 2);
    assert.equal(pool.stats().open, 3);
  });

  it('dials no more than maxActive for minIdle', async () => {
    const pool = given.endpoint.pool({ minIdle: 2, maxActive: 2 });
    await time.clock.tickAsync(0);
    await pool.get();
    await time.clock.tickAsync(5_000);
    assert.equal(pool.stats().open, 2);
  });

  it('backs off from a dead endpoint when it refills, and asks it with one dial at a time', async () => {
    given.endpoint.otherwise.dial = 'fail';
    given.endpoint.pool({ minIdle: 3 });
    await time.clock.tickAsync(600_000);
    const { length } = given.endpoint.dials;
    assert.ok(length > 20 && length < 50, `${length} dials in 10 minutes`);
    given.endpoint.otherwise.dial = 'ok';
    await time.clock.tickAsync(31_000);
    assert.equal(given.endpoint.clients.length, 3);
  });

  it('backs off from an endpoint that accepts and hangs up at once', async () => {
    const pool = given.endpoint.pool({
      minIdle: 1,
      dial: (ctx) => {
        given.endpoint.dials.push(ctx);
        setTimeout(() => ctx.markBroken(), 1);
        return { id: given.endpoint.dials.length };
      },
    });
    await time.clock.tickAsync(60_000);
    const { length } = given.endpoint.dials;
    assert.ok(length < 15, `${length} dials in a minute`);
    assert.ok(pool.stats().closed.broken >= length - 1);
  });

  it('runs one timer per pool, however many connections are idle', async () => {
    const pool = given.endpoint.pool({ beats: true, maxActive: 50, maxLifetimeMs: 1_000_000 });
    await pool.warmUp(50);
    assert.equal(time.clock.countTimers(), 1);
  });

  it('needs no timer for an empty pool', async () => {
    const pool = given.endpoint.pool({ beats: true });
    assert.equal(time.clock.countTimers(), 0);
    const transport = await pool.get();
    assert.equal(time.clock.countTimers(), 1);
    await transport.close(true);
    assert.equal(time.clock.countTimers(), 0);
  });

  it('visits very many idle connections a bounded number of times', async () => {
    const pool = given.endpoint.pool({ maxActive: 3_000, maxIdle: 3_000, idleTimeoutMs: 1_000 });
    const lent = await Promise.all(Array.from({ length: 3_000 }, () => pool.get()));
    for (const transport of lent) {
      await transport.close();
      await time.clock.tickAsync(0.1);
    }
    await time.clock.tickAsync(1_100);
    assert.equal(pool.stats().idle, 0);
  });
});

describe('a client that reports itself broken', () => {
  const time = useFakeTime();
  const given = useEndpoint(time);

  it('leaves the pool at once when it is idle', async () => {
    const pool = given.endpoint.pool();
    const why = new Error('peer closed');
    await pool.warmUp(3);
    given.endpoint.dials[1]?.markBroken(why);
    assert.equal(pool.stats().idle, 2);
    assert.equal(given.endpoint.closes[0]?.client.id, 2);
    assert.equal(given.endpoint.closes[0]?.ctx.error, why);
    given.endpoint.dials[1]?.markBroken();
    assert.equal(given.endpoint.closes.length, 1);
  });

  it('is destroyed on return when it is borrowed', async () => {
    const pool = given.endpoint.pool();
    const transport = await pool.get();
    const why = new Error('peer closed');
    given.endpoint.dials[0]?.markBroken(why);
    assert.equal(given.endpoint.closes.length, 0);
    assert.ok(transport.client);
    await transport.close();
    assert.deepEqual(given.endpoint.reasons, ['broken']);
    assert.equal(given.endpoint.closes[0]?.ctx.error, why);
  });

  it('leaves the pool at once while it is being checked', async () => {
    const pool = given.endpoint.pool({ beats: true, heartbeatIntervalMs: 0 });
    await (await pool.get()).close();
    given.endpoint.plan.heartbeat.push('never');
    const get = pool.get();
    given.endpoint.dials[0]?.markBroken();
    assert.equal((await get).client.id, 2);
    assert.deepEqual(given.endpoint.reasons, ['broken']);
    assert.equal(pool.stats().checking, 0);
  });
});

describe('callbacks that misbehave', () => {
  const time = useFakeTime();
  const given = useEndpoint(time);

  it('cannot surface as unhandled rejections, whatever they do', async () => {
    const behaviours = ['ok', 'fail', 'throw', 'never', 'slow'] as const;
    for (const dial of behaviours) {
      for (const heartbeat of behaviours) {
        for (const close of behaviours) {
          Object.assign(given.endpoint.otherwise, { dial, heartbeat, close });
          const pool = given.endpoint.pool({
            beats: true,
            maxActive: 2,
            waitTimeoutMs: 500,
            heartbeatIntervalMs: 0,
          });
          const calls = [pool.get(), pool.get(), pool.get()].map((get) =>
            get.then(
              (t) => t.close(true),
              () => {},
            ),
          );
          await time.clock.tickAsync(600);
          for (const gates of Object.values(given.endpoint.gates)) {
            for (const gate of gates.splice(0)) gate.fail(new Error('late'));
          }
          await time.clock.tickAsync(600);
          const closed = pool.close({ timeoutMs: 0 });
          await time.clock.tickAsync(30_000);
          await Promise.all([...calls, closed]);
          const { open, dialing, waiting, closing } = pool.stats();
          assert.deepEqual([open, dialing, waiting, closing], [0, 0, 0, 0], `${dial}/${heartbeat}/${close}`);
        }
      }
    }
  });

  it('are told to the closeError listeners when close fails', async () => {
    given.endpoint.plan.close.push('fail', 'throw');
    const pool = given.endpoint.pool();
    const errors: string[] = [];
    pool.on('closeError', (error, client) => errors.push(`${(error as Error).message} of ${client.id}`));
    await (await pool.get()).close(true);
    await (await pool.get()).close(true);
    assert.deepEqual(errors, ['close failed of 1', 'close threw of 2']);
  });

  it('may call the pool again', async () => {
    const pool = given.endpoint.pool({
      maxActive: 2,
      close: (client, ctx) => {
        given.endpoint.closes.push({ client, ctx });
        if (client.id === 1) void pool.get().then((transport) => transport.close());
      },
    });
    await (await pool.get()).close(true);
    await microtasks();
    assert.equal(pool.stats().idle, 1);
  });

  it('may close the pool from inside a dial', async () => {
    const pool = given.endpoint.pool({
      dial: (ctx) => {
        given.endpoint.dials.push(ctx);
        void pool.close();
        return { id: 1 };
      },
    });
    const outcome = await settled(pool.get());
    assert.equal((outcome as { code: string }).code, 'ERR_POOL_CLOSED');
    assert.deepEqual(given.endpoint.reasons, ['shutdown']);
    assert.equal(pool.stats().state, 'closed');
  });

  it('may change the limits from inside a dial', async () => {
    const pool = given.endpoint.pool({
      minIdle: 3,
      maxActive: 3,
      dial: () => {
        pool.configure({ maxActive: 1, minIdle: 0 });
        return new Promise(() => {});
      },
    });
    await time.clock.tickAsync(0);
    assert.equal(pool.stats().dialing, 1);
  });

  it('may close everything from a heartbeatError listener', async () => {
    const pool = given.endpoint.pool({ beats: true, heartbeatIntervalMs: 1_000 });
    await pool.warmUp(1);
    given.endpoint.plan.heartbeat.push('fail');
    pool.on('heartbeatError', () => void pool.close());
    await time.clock.tickAsync(1_000);
    assert.deepEqual(given.endpoint.reasons, ['shutdown']);
  });
});

describe('an event loop that stalls', () => {
  const time = useFakeTime();
  const given = useEndpoint(time);

  it('gives an answer that has arrived meanwhile a chance before its timeout strikes', async () => {
    given.endpoint.plan.dial.push('slow');
    const pool = given.endpoint.pool({ dialTimeoutMs: 1_000, dialRetryCount: 0 });
    const get = pool.get();
    const real = performance.now;
    // The timer fires, but much later than it should: what was read in between is handled right after the timers.
    setTimeout(() => {
      performance.now = () => real.call(performance) + 60_000;
    }, 999);
    setTimeout(() => given.endpoint.gates.dial[0]?.open(), 1_000);
    await time.clock.tickAsync(1_000);
    performance.now = real;
    assert.equal((await get).client.id, 1);
  });
});

describe('a pool that a callback closes in the middle of upkeep', () => {
  const time = useFakeTime();
  const given = useEndpoint(time);

  it('dials nothing afterwards', async () => {
    const pool = given.endpoint.pool({
      minIdle: 1,
      maxLifetimeMs: 200,
      close: (client, ctx) => {
        given.endpoint.closes.push({ client, ctx });
        void pool.close();
      },
    });
    await time.clock.tickAsync(300);
    assert.equal(pool.stats().state, 'closed');
    assert.equal(given.endpoint.dials.length, 1);
    assert.equal(time.clock.countTimers(), 0);
  });
});
