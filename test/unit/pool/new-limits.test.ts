import assert from 'node:assert/strict';
import { handled, microtasks, settled, useEndpoint, useFakeTime } from './support/fake-endpoint.js';

describe('a limit changed at run time', () => {
  const time = useFakeTime();
  const given = useEndpoint(time);
  const codeOf = async (call: Promise<unknown>) => ((await settled(call)) as { code?: string }).code;

  it('waitTimeoutMs: counts for calls from now on', async () => {
    const pool = given.endpoint.pool({ maxActive: 1, waitTimeoutMs: 1_000 });
    await pool.get();
    const before = handled(pool.get());
    pool.configure({ waitTimeoutMs: 100 });
    const after = handled(pool.get());
    await time.clock.tickAsync(100);
    assert.equal(await codeOf(after), 'ERR_WAIT_TIMEOUT');
    assert.equal(await settled(before), 'pending');
    await time.clock.tickAsync(900);
    assert.equal(await codeOf(before), 'ERR_WAIT_TIMEOUT');
  });

  it('maxWaiting: counts for calls from now on', async () => {
    const pool = given.endpoint.pool({ maxActive: 1 });
    const transport = await pool.get();
    const waiting = [pool.get(), pool.get()];
    pool.configure({ maxWaiting: 1 });
    await assert.rejects(pool.get(), { code: 'ERR_WAIT_QUEUE_FULL' });
    await transport.close();
    for (const get of waiting) await (await get).close();
  });

  it('dialTimeoutMs: counts for attempts from now on', async () => {
    given.endpoint.otherwise.dial = 'never';
    const pool = given.endpoint.pool({ dialTimeoutMs: 1_000, dialRetryCount: 0 });
    const before = handled(pool.get());
    pool.configure({ dialTimeoutMs: 100 });
    const after = handled(pool.get());
    await time.clock.tickAsync(100);
    assert.equal(await codeOf(after), 'ERR_DIAL');
    assert.equal(await settled(before), 'pending');
    await time.clock.tickAsync(900);
    assert.equal(await codeOf(before), 'ERR_DIAL');
  });

  it('dialRetryCount and dialRetryDelayMs: count for dials from now on', async () => {
    given.endpoint.otherwise.dial = 'fail';
    const pool = given.endpoint.pool({ dialRetryCount: 5, dialRetryDelayMs: 10_000 });
    pool.configure({ dialRetryCount: 2, dialRetryDelayMs: 0 });
    const get = handled(pool.get());
    await time.clock.tickAsync(1);
    assert.equal(((await settled(get)) as { attempts: number }).attempts, 3);
  });

  it('maxDialing: lets more dials start at once', async () => {
    given.endpoint.otherwise.dial = 'slow';
    const pool = given.endpoint.pool({ maxActive: 3, maxDialing: 1 });
    const gets = [pool.get(), pool.get(), pool.get()];
    assert.equal(given.endpoint.dials.length, 1);
    pool.configure({ maxDialing: 3 });
    assert.equal(given.endpoint.dials.length, 3);
    for (const gate of given.endpoint.gates.dial) gate.open();
    for (const get of gets) await (await get).close();
  });

  it('heartbeatTimeoutMs: counts for heartbeats from now on', async () => {
    const pool = given.endpoint.pool({ beats: true, heartbeatIntervalMs: 0, heartbeatTimeoutMs: 1_000 });
    await (await pool.get()).close();
    pool.configure({ heartbeatTimeoutMs: 100 });
    given.endpoint.plan.heartbeat.push('never');
    const get = handled(pool.get());
    await time.clock.tickAsync(100);
    assert.equal((await get).client.id, 2);
  });

  it('closeTimeoutMs: counts for closes from now on', async () => {
    given.endpoint.plan.close.push('never', 'never');
    const pool = given.endpoint.pool({ closeTimeoutMs: 1_000 });
    const [a, b] = [await pool.get(), await pool.get()];
    const before = a.close(true);
    pool.configure({ closeTimeoutMs: 100 });
    const after = b.close(true);
    await time.clock.tickAsync(100);
    assert.equal(await settled(after), undefined);
    assert.equal(await settled(before), 'pending');
    await time.clock.tickAsync(900);
    assert.equal(await settled(before), undefined);
  });

  it('idleOrder: counts for the next loan', async () => {
    const pool = given.endpoint.pool();
    const [a, b] = [await pool.get(), await pool.get()];
    await a.close();
    await b.close();
    pool.configure({ idleOrder: 'fifo' });
    assert.equal(pool.tryGet()?.client.id, 1);
  });

  it('leakDetectionMs: counts for loans from now on, and for those there are when it was on', async () => {
    const pool = given.endpoint.pool({ idleTimeoutMs: 0 });
    await pool.get();
    pool.configure({ leakDetectionMs: 5_000 });
    await pool.get();
    pool.configure({ leakDetectionMs: 1_000 });
    await time.clock.tickAsync(1_000);
    assert.equal(pool.stats().leaks, 1);
    pool.configure({ leakDetectionMs: 0 });
    await pool.get();
    await time.clock.tickAsync(10_000);
    assert.equal(pool.stats().leaks, 1);
  });

  it('minIdle, lowered: keeps what is idle until it has been idle for too long', async () => {
    const pool = given.endpoint.pool({ minIdle: 3, idleTimeoutMs: 1_000 });
    await pool.warmUp();
    await time.clock.tickAsync(2_000);
    assert.equal(pool.stats().idle, 3);
    pool.configure({ minIdle: 1 });
    await time.clock.tickAsync(0);
    assert.equal(pool.stats().idle, 1);
    assert.deepEqual(given.endpoint.reasons, ['idle', 'idle']);
  });

  it('wait, set to false: serves those who wait within the overflow, and keeps the others in line', async () => {
    const pool = given.endpoint.pool({ maxActive: 1 });
    const transport = await pool.get();
    const [first, second] = [pool.get(), handled(pool.get())];
    pool.configure({ wait: false, maxOverflow: 1 });
    const overflow = await first;
    assert.equal(await settled(second), 'pending');
    await overflow.close();
    await microtasks();
    assert.ok(pool.stats().open <= 2);
    await (await second).close();
    await transport.close();
  });
});
