import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { format } from 'node:util';
import createDebug from 'debug';
import { handled, microtasks, useEndpoint, useFakeTime } from './support/fake-endpoint.js';

describe('statistics', () => {
  const time = useFakeTime();
  const given = useEndpoint(time);

  it('give gauges that add up: open = idle + inUse + checking', async () => {
    const pool = given.endpoint.pool({
      name: 'stats',
      beats: true,
      heartbeatIntervalMs: 1_000,
      maxActive: 4,
    });
    const lent = await Promise.all([pool.get(), pool.get(), pool.get()]);
    await lent[0]?.close();
    given.endpoint.otherwise.heartbeat = 'never';
    await time.clock.tickAsync(1_000);
    await lent[1]?.close();
    given.endpoint.otherwise.dial = 'never';
    void handled(pool.get());
    const stats = pool.stats();
    assert.equal(stats.name, 'stats');
    assert.equal(stats.state, 'open');
    assert.deepEqual(
      [stats.open, stats.idle, stats.inUse, stats.checking, stats.dialing, stats.maxActive, stats.maxIdle],
      [3, 0, 2, 1, 0, 4, 4],
    );
    assert.equal(stats.open, stats.idle + stats.inUse + stats.checking);
  });

  it('are plain snapshots', async () => {
    const pool = given.endpoint.pool();
    const before = pool.stats();
    before.closed.broken = 99;
    await (await pool.get()).close(true);
    assert.equal(before.gets, 0);
    assert.deepEqual(pool.stats().closed, {
      broken: 1,
      heartbeat: 0,
      idle: 0,
      lifetime: 0,
      uses: 0,
      excess: 0,
      invalidated: 0,
      shutdown: 0,
    });
    assert.deepEqual(JSON.parse(JSON.stringify(pool.stats())).closed.broken, 1);
  });

  it('count calls, waits and the time they took', async () => {
    const pool = given.endpoint.pool({ maxActive: 1 });
    const first = await pool.get();
    const second = pool.get();
    await time.clock.tickAsync(40);
    await first.close();
    await (await second).close();
    const { gets, waits, waitMsTotal } = pool.stats();
    assert.deepEqual([gets, waits, waitMsTotal], [2, 1, 40]);
  });
});

describe('events', () => {
  const given = useEndpoint();

  it('tell of connections opened and closed', async () => {
    const pool = given.endpoint.pool();
    const seen: unknown[] = [];
    pool.on('open', (client) => seen.push('open', client.id));
    pool.on('close', (client, reason) => seen.push('close', client.id, reason));
    await (await pool.get()).close();
    await pool.close();
    assert.deepEqual(seen, ['open', 1, 'close', 1, 'shutdown']);
  });

  it('tell of each failed dial attempt', async () => {
    given.endpoint.plan.dial.push('fail', 'throw');
    const pool = given.endpoint.pool({ dialRetryDelayMs: 0 });
    const seen: string[] = [];
    pool.on('dialError', (error, attempt) => seen.push(`${attempt}: ${(error as Error).message}`));
    await assert.rejects(pool.get());
    assert.deepEqual(seen, ['1: dial failed', '2: dial threw']);
  });

  it('find the pool at rest: what a listener asks for starts no dial too many', async () => {
    const pool = given.endpoint.pool({ maxActive: 5 });
    const inUse: number[] = [];
    pool.on('open', () => {
      inUse.push(pool.stats().inUse);
      void pool.warmUp();
    });
    await pool.get();
    assert.deepEqual(inUse, [1]);
    assert.equal(given.endpoint.dials.length, 1);
  });

  it('tell of a connection that nobody wants before they tell of its end', async () => {
    given.endpoint.plan.dial.push('slow');
    const pool = given.endpoint.pool({ maxIdle: 0 });
    const seen: string[] = [];
    pool.on('open', () => seen.push('open'));
    pool.on('close', (_, reason) => seen.push(reason));
    const controller = new AbortController();
    const get = handled(pool.get({ signal: controller.signal }));
    controller.abort();
    given.endpoint.gates.dial[0]?.open();
    await microtasks();
    assert.deepEqual(seen, ['open', 'excess']);
    await assert.rejects(get);
  });

  it('include none that would crash a process without a listener', async () => {
    given.endpoint.otherwise.close = 'throw';
    given.endpoint.plan.heartbeat.push('fail');
    const pool = given.endpoint.pool({ beats: true, dialRetryDelayMs: 0 });
    await (await pool.get()).close(true);
    assert.equal(pool.listenerCount('error'), 0);
  });

  it('survive a listener that throws, which becomes a warning', async () => {
    const pool = given.endpoint.pool({ maxActive: 1 });
    const warned = new Promise<Error>((resolve) => process.once('warning', resolve));
    pool.once('open', () => {
      throw new Error('bad listener');
    });
    pool.once('close', () => {
      throw 'a string';
    });
    const transport = await pool.get();
    assert.equal((await warned).message, 'bad listener');
    const stringWarned = new Promise<Error>((resolve) => process.once('warning', resolve));
    await transport.close(true);
    assert.match((await stringWarned).message, /'a string'/);
    await (await pool.get()).close();
  });
});

describe('diagnostics channels', () => {
  const time = useFakeTime();
  const given = useEndpoint(time);

  it('publish every get, dial and close to subscribers', async () => {
    const seen: Record<string, unknown>[] = [];
    const on = (message: unknown, name: string | symbol) => seen.push({ on: name, ...(message as object) });
    const channels = ['connpool:get', 'connpool:dial', 'connpool:close'];
    for (const name of channels) subscribe(name, on);
    try {
      const pool = given.endpoint.pool({
        name: 'traced',
        maxActive: 1,
        wait: false,
        maxOverflow: 0,
        dialRetryCount: 0,
      });
      const first = await pool.get();
      await assert.rejects(pool.get());
      await first.close();
      const again = await pool.get();
      pool.pause();
      const waiting = handled(pool.get({ timeoutMs: 30 }));
      await time.clock.tickAsync(30);
      await assert.rejects(waiting);
      pool.resume();
      await again.close(true);
      given.endpoint.plan.dial.push('fail');
      await assert.rejects(pool.get());
    } finally {
      for (const name of channels) unsubscribe(name, on);
    }
    const short = seen.map((m) => [
      String(m.on).replace('connpool:', ''),
      m.pool,
      (m.client as { id: number } | undefined)?.id,
      (m.error as { code?: string; message: string } | undefined)?.code ??
        (m.error as Error | undefined)?.message,
      m.reason,
      m.waitMs ?? m.attempt,
    ]);
    assert.deepEqual(short, [
      ['dial', 'traced', 1, undefined, undefined, 1],
      ['get', 'traced', 1, undefined, undefined, 0],
      ['get', 'traced', undefined, 'ERR_POOL_EXHAUSTED', undefined, 0],
      ['close', 'traced', 1, undefined, undefined, undefined],
      ['get', 'traced', 1, undefined, undefined, 0],
      ['get', 'traced', undefined, 'ERR_WAIT_TIMEOUT', undefined, 30],
      ['close', 'traced', 1, undefined, 'broken', undefined],
      ['dial', 'traced', undefined, 'dial failed', undefined, 1],
      ['get', 'traced', undefined, 'ERR_DIAL', undefined, 0],
    ]);
  });
});

describe('debug output', () => {
  const given = useEndpoint();

  it('names the pool, under connpool:pool', async () => {
    const lines: string[] = [];
    const original = createDebug.log;
    createDebug.log = (...args: unknown[]) => lines.push(format(...args));
    createDebug.enable('connpool:*');
    try {
      given.endpoint.plan.dial.push('fail');
      const pool = given.endpoint.pool({ name: 'chatty', dialRetryDelayMs: 0 });
      await (await pool.get()).close(true);
      await microtasks();
    } finally {
      createDebug.disable();
      createDebug.log = original;
    }
    assert.match(lines.join('\n'), /connpool:pool.*chatty: dial attempt 1 failed/);
    assert.match(lines.join('\n'), /chatty: opened a connection, 1 open/);
    assert.match(lines.join('\n'), /chatty: closing a connection: broken/);
  });
});

describe('leak detection', () => {
  const time = useFakeTime();
  const given = useEndpoint(time);

  it('reports a transport held too long once, with where it was taken', async () => {
    const pool = given.endpoint.pool({ leakDetectionMs: 1_000, idleTimeoutMs: 0 });
    const reports: { client: { id: number }; heldMs: number; stack: string }[] = [];
    pool.on('leak', (report) => reports.push(report));
    const takeIt = () => pool.get();
    const transport = await takeIt();
    await time.clock.tickAsync(999);
    assert.equal(reports.length, 0);
    await time.clock.tickAsync(10_000);
    assert.equal(reports.length, 1);
    assert.equal(reports[0]?.client.id, 1);
    assert.equal(reports[0]?.heldMs, 1_000);
    assert.match(reports[0]?.stack ?? '', /takeIt/);
    assert.equal(pool.stats().leaks, 1);
    await transport.close();
  });

  it('knows where a get that waited was called', async () => {
    const pool = given.endpoint.pool({ leakDetectionMs: 1_000, maxActive: 1 });
    const stacks: string[] = [];
    pool.on('leak', ({ stack }) => stacks.push(stack));
    const first = await pool.get();
    const waitHere = () => pool.get();
    const waiting = waitHere();
    await first.close();
    await waiting;
    await time.clock.tickAsync(1_000);
    assert.match(stacks[0] ?? '', /waitHere/);
  });

  it('reports nothing that came back in time, and finds each of several', async () => {
    const pool = given.endpoint.pool({ leakDetectionMs: 1_000 });
    const held: number[] = [];
    pool.on('leak', ({ client }) => held.push(client.id));
    await (await pool.get()).close();
    await pool.get();
    await time.clock.tickAsync(500);
    await pool.get();
    await time.clock.tickAsync(500);
    assert.deepEqual(held, [1]);
    await time.clock.tickAsync(500);
    assert.deepEqual(held, [1, 2]);
  });

  it('takes no stack when it is off', async () => {
    const pool = given.endpoint.pool();
    const { stackTraceLimit } = Error;
    let stacks = 0;
    const prepare = Error.prepareStackTrace;
    Error.prepareStackTrace = (error) => {
      stacks++;
      return String(error);
    };
    await (await pool.get()).close();
    Error.prepareStackTrace = prepare;
    Error.stackTraceLimit = stackTraceLimit;
    assert.equal(stacks, 0);
  });
});
