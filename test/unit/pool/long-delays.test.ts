import assert from 'node:assert/strict';
import { handled, settled, useEndpoint, useFakeTime } from './support/fake-endpoint.js';

/** One second beyond what setTimeout can take; given as it is, Node makes 1 ms of it. */
const LONG_MS = 2 ** 31 + 1_000;

describe('a delay beyond 2^31 ms', () => {
  const time = useFakeTime();
  const given = useEndpoint(time);

  /** Lets almost all of the long delay pass, in steps, and then the rest. */
  async function passes(check: (isOver: boolean) => void | Promise<void>): Promise<void> {
    await time.clock.tickAsync(5_000);
    await check(false);
    await time.clock.tickAsync(2 ** 31 - 5_000);
    await check(false);
    await time.clock.tickAsync(1_000);
    await check(true);
  }

  it('is waited out as waitTimeoutMs', async () => {
    const pool = given.endpoint.pool({ maxActive: 1, waitTimeoutMs: LONG_MS, idleTimeoutMs: 0 });
    await pool.get();
    const get = handled(pool.get());
    await passes(async (isOver) => {
      const outcome = await settled(get);
      assert.equal(
        isOver ? (outcome as { code: string }).code : outcome,
        isOver ? 'ERR_WAIT_TIMEOUT' : 'pending',
      );
    });
  });

  it("is waited out as a call's own timeoutMs", async () => {
    const pool = given.endpoint.pool({ maxActive: 1, idleTimeoutMs: 0 });
    await pool.get();
    const get = handled(pool.get({ timeoutMs: LONG_MS }));
    await passes(async (isOver) => assert.equal((await settled(get)) === 'pending', !isOver));
  });

  it('is waited out as dialTimeoutMs', async () => {
    given.endpoint.otherwise.dial = 'never';
    const pool = given.endpoint.pool({ dialTimeoutMs: LONG_MS, dialRetryCount: 0, waitTimeoutMs: 0 });
    const get = handled(pool.get());
    await passes(async (isOver) => assert.equal((await settled(get)) === 'pending', !isOver));
    assert.equal(given.endpoint.dials[0]?.signal.aborted, true);
  });

  it('is waited out as heartbeatTimeoutMs', async () => {
    const pool = given.endpoint.pool({
      beats: true,
      heartbeatIntervalMs: 0,
      heartbeatTimeoutMs: LONG_MS,
      idleTimeoutMs: 0,
      waitTimeoutMs: 0,
    });
    await (await pool.get()).close();
    given.endpoint.plan.heartbeat.push('never');
    const get = handled(pool.get());
    await passes((isOver) => assert.equal(pool.stats().heartbeatErrors, isOver ? 1 : 0));
    await (await get).close();
  });

  it('is waited out as closeTimeoutMs', async () => {
    given.endpoint.plan.close.push('never');
    const pool = given.endpoint.pool({ closeTimeoutMs: LONG_MS });
    const closed = (await pool.get()).close(true);
    await passes(async (isOver) => assert.equal((await settled(closed)) === 'pending', !isOver));
  });

  it('is waited out as heartbeatIntervalMs', async () => {
    const pool = given.endpoint.pool({ beats: true, heartbeatIntervalMs: LONG_MS, idleTimeoutMs: 0 });
    await pool.warmUp(1);
    await passes((isOver) => assert.equal(pool.stats().heartbeats, isOver ? 2 : 1));
  });

  it('is waited out as idleTimeoutMs', async () => {
    const pool = given.endpoint.pool({ idleTimeoutMs: LONG_MS });
    await pool.warmUp(1);
    await passes((isOver) => assert.equal(pool.stats().idle, isOver ? 0 : 1));
  });

  it('is waited out as maxLifetimeMs', async () => {
    const random = Math.random;
    Math.random = () => 0;
    const pool = given.endpoint.pool({ maxLifetimeMs: LONG_MS, idleTimeoutMs: 0 });
    await pool.warmUp(1);
    Math.random = random;
    await passes((isOver) => assert.equal(pool.stats().idle, isOver ? 0 : 1));
    assert.deepEqual(given.endpoint.reasons, ['lifetime']);
  });

  it('is waited out as leakDetectionMs', async () => {
    const pool = given.endpoint.pool({ leakDetectionMs: LONG_MS });
    const transport = await pool.get();
    await passes((isOver) => assert.equal(pool.stats().leaks, isOver ? 1 : 0));
    await transport.close();
  });

  it('is waited out as the deadline of close()', async () => {
    const pool = given.endpoint.pool();
    await pool.get();
    const closed = pool.close({ timeoutMs: LONG_MS });
    await passes(async (isOver) => assert.equal((await settled(closed)) === 'pending', !isOver));
  });

  it('is waited out as dialRetryDelayMs', async () => {
    given.endpoint.plan.dial.push('fail');
    const random = Math.random;
    Math.random = () => 0.5;
    const pool = given.endpoint.pool({ dialRetryDelayMs: 2 * LONG_MS, waitTimeoutMs: 0 });
    const get = handled(pool.get());
    await time.clock.tickAsync(0);
    Math.random = random;
    await passes((isOver) => assert.equal(given.endpoint.dials.length, isOver ? 2 : 1));
    await (await get).close();
  });
});
