import assert from 'node:assert/strict';
import { HeartbeatError } from '../../../lib/pool/index.js';
import { handled, microtasks, settled, useEndpoint, useFakeTime } from './support/fake-endpoint.js';

describe('heartbeats of idle connections', () => {
  const time = useFakeTime();
  const given = useEndpoint(time);

  it('are not sent before a loan when the connection was used lately', async () => {
    const pool = given.endpoint.pool({ beats: true, heartbeatIntervalMs: 1_000 });
    await (await pool.get()).close();
    await time.clock.tickAsync(600);
    await (await pool.get()).close();
    await time.clock.tickAsync(600);
    await (await pool.get()).close();
    assert.equal(given.endpoint.heartbeats.length, 1, 'only the first one, when it was new');
  });

  it('come before a loan once it was unused for heartbeatIntervalMs', async () => {
    const pool = given.endpoint.pool({ beats: true, heartbeatIntervalMs: 1_000 });
    await (await pool.get()).close();
    given.endpoint.otherwise.heartbeat = 'slow';
    await time.clock.tickAsync(1_000);
    const get = handled(pool.get());
    assert.equal(await settled(get), 'pending');
    assert.equal(pool.stats().checking, 1);
    assert.equal(pool.stats().open, 1);
    assert.equal(
      given.endpoint.heartbeats.length,
      2,
      'the background check that is under way serves the call',
    );
    given.endpoint.gates.heartbeat[0]?.open();
    await (await get).close();
    assert.equal(given.endpoint.dials.length, 1);
  });

  it('are sent in the background when they are due', async () => {
    const pool = given.endpoint.pool({ beats: true, heartbeatIntervalMs: 1_000, idleTimeoutMs: 0 });
    await (await pool.get()).close();
    await time.clock.tickAsync(999);
    assert.equal(given.endpoint.heartbeats.length, 1);
    await time.clock.tickAsync(1);
    assert.equal(given.endpoint.heartbeats.length, 2);
    await time.clock.tickAsync(2_000);
    assert.equal(given.endpoint.heartbeats.length, 4);
    assert.equal(pool.stats().heartbeats, 4);
  });

  it('take false for dead, and anything else for alive', async () => {
    const verdicts = [0, undefined, null, '', false];
    const pool = given.endpoint.pool({ heartbeatIntervalMs: 0, heartbeat: () => verdicts.shift() ?? true });
    verdicts.unshift(true);
    for (let loan = 0; loan < 5; loan++) await (await pool.get()).close();
    assert.deepEqual(given.endpoint.reasons, []);
    await (await pool.get()).close();
    assert.deepEqual(given.endpoint.reasons, ['heartbeat']);
  });

  it('that throw leave no timer behind', async () => {
    let throws = false;
    const pool = given.endpoint.pool({
      heartbeatIntervalMs: 0,
      idleTimeoutMs: 0,
      dialRetryCount: 0,
      heartbeat: () => {
        if (throws) throw new Error('not now');
      },
    });
    const transport = await pool.get();
    await transport.close();
    throws = true;
    given.endpoint.otherwise.dial = 'fail';
    await assert.rejects(pool.get(), { code: 'ERR_DIAL' });
    assert.deepEqual(given.endpoint.reasons, ['heartbeat']);
    assert.equal(time.clock.countTimers(), 0);
  });

  it('close a dead connection, and the caller gets the next one', async () => {
    const pool = given.endpoint.pool({ beats: true, heartbeatIntervalMs: 0 });
    const [a, b] = [await pool.get(), await pool.get()];
    await a.close();
    await b.close();
    given.endpoint.plan.heartbeat.push('fail');
    const transport = await pool.get();
    assert.equal(transport.client.id, 1);
    assert.deepEqual(given.endpoint.reasons, ['heartbeat']);
    assert.equal(given.endpoint.dials.length, 2);
  });

  it('close a dead connection, and the caller gets a new one when there is no other', async () => {
    const pool = given.endpoint.pool({ beats: true, heartbeatIntervalMs: 0 });
    await (await pool.get()).close();
    given.endpoint.plan.heartbeat.push('throw');
    assert.equal((await pool.get()).client.id, 2);
  });

  it('stay within the deadline of the caller', async () => {
    const pool = given.endpoint.pool({ beats: true, heartbeatIntervalMs: 0, heartbeatTimeoutMs: 5_000 });
    await (await pool.get()).close();
    given.endpoint.plan.heartbeat.push('never');
    const get = handled(pool.get({ timeoutMs: 100 }));
    await time.clock.tickAsync(100);
    const error = (await settled(get)) as { code: string; phase: string };
    assert.deepEqual([error.code, error.phase], ['ERR_WAIT_TIMEOUT', 'check']);
  });

  it('that never end are given up after heartbeatTimeoutMs', async () => {
    const pool = given.endpoint.pool({ beats: true, heartbeatIntervalMs: 0, heartbeatTimeoutMs: 200 });
    await (await pool.get()).close();
    given.endpoint.plan.heartbeat.push('never');
    const errors: unknown[] = [];
    pool.on('heartbeatError', (error) => errors.push(error));
    const get = handled(pool.get());
    await time.clock.tickAsync(200);
    assert.equal((await get).client.id, 2);
    assert.ok(errors[0] instanceof HeartbeatError);
    assert.match((errors[0] as Error).message, /took longer than 200 ms/);
    assert.equal(given.endpoint.heartbeats[1]?.ctx.signal.aborted, true);
  });

  it('check the other idle connections at once when one is found dead', async () => {
    const pool = given.endpoint.pool({ beats: true, heartbeatIntervalMs: 10_000, idleTimeoutMs: 0 });
    const lent = await Promise.all([pool.get(), pool.get(), pool.get()]);
    await lent[0]?.close();
    await time.clock.tickAsync(5_000);
    await lent[1]?.close();
    await lent[2]?.close();
    given.endpoint.otherwise.heartbeat = 'fail';
    await time.clock.tickAsync(5_000);
    assert.deepEqual(given.endpoint.reasons, ['heartbeat', 'heartbeat', 'heartbeat']);
    assert.equal(given.endpoint.heartbeats.length, 6);
  });

  it('do not check again what has proved itself since', async () => {
    const pool = given.endpoint.pool({ beats: true, heartbeatIntervalMs: 1_000, idleTimeoutMs: 0 });
    await pool.warmUp(3);
    given.endpoint.plan.heartbeat.push('slow', 'ok', 'ok');
    await time.clock.tickAsync(1_000);
    assert.equal(given.endpoint.heartbeats.length, 6);
    await time.clock.tickAsync(10);
    given.endpoint.gates.heartbeat[0]?.fail(new Error('dead'));
    await microtasks();
    assert.equal(given.endpoint.heartbeats.length, 6);
    assert.equal(pool.stats().idle, 2);
  });

  it('before every loan with heartbeatIntervalMs 0, also when it goes from hand to hand', async () => {
    const pool = given.endpoint.pool({ beats: true, maxActive: 1, heartbeatIntervalMs: 0 });
    const first = await pool.get();
    const waiting = pool.get();
    given.endpoint.plan.heartbeat.push('slow');
    await first.close();
    assert.equal(await settled(waiting), 'pending');
    given.endpoint.gates.heartbeat[0]?.open();
    await (await waiting).close();
    await time.clock.tickAsync(100_000);
    assert.equal(given.endpoint.heartbeats.length, 2, 'never in the background');
  });

  it('only when new with heartbeatIntervalMs Infinity', async () => {
    const pool = given.endpoint.pool({
      beats: true,
      heartbeatIntervalMs: Number.POSITIVE_INFINITY,
      idleTimeoutMs: 0,
    });
    await (await pool.get()).close();
    await time.clock.tickAsync(10_000_000);
    await (await pool.get()).close();
    assert.equal(given.endpoint.heartbeats.length, 1);
  });

  it('do not make a call wait for a dial that was meant for another', async () => {
    const pool = given.endpoint.pool({ beats: true, maxActive: 2, heartbeatIntervalMs: 0 });
    const a = await pool.get();
    given.endpoint.plan.dial.push('slow');
    const b = pool.get();
    given.endpoint.plan.heartbeat.push('ok');
    await a.close();
    await (await b).close();
    const c = pool.get();
    assert.equal((await c).client.id, 1);
  });

  it('keep the order of the idle connections', async () => {
    const pool = given.endpoint.pool({
      beats: true,
      heartbeatIntervalMs: 1_000,
      idleTimeoutMs: 0,
      idleOrder: 'fifo',
    });
    const [a, b, c] = [await pool.get(), await pool.get(), await pool.get()];
    await a.close();
    await time.clock.tickAsync(10);
    await b.close();
    await time.clock.tickAsync(10);
    given.endpoint.otherwise.heartbeat = 'slow';
    await time.clock.tickAsync(980);
    await time.clock.tickAsync(10);
    await c.close();
    assert.equal(pool.stats().checking, 2);
    given.endpoint.gates.heartbeat[1]?.open();
    await microtasks();
    given.endpoint.gates.heartbeat[0]?.open();
    await microtasks();
    given.endpoint.otherwise.heartbeat = 'ok';
    const order = [];
    for (let i = 0; i < 3; i++) order.push((await pool.get()).client.id);
    assert.deepEqual(order, [1, 2, 3]);
  });
});
