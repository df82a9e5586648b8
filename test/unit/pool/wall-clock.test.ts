import assert from 'node:assert/strict';
import { handled, settled, useEndpoint, useFakeTime } from './support/fake-endpoint.js';

const DAY_MS = 86_400_000;

describe('a wall clock that jumps', () => {
  const time = useFakeTime();
  const given = useEndpoint(time);

  for (const [direction, jumpMs] of [
    ['forward', DAY_MS],
    ['back', -DAY_MS],
  ] as const) {
    const jump = () => time.clock.setSystemTime(Date.now() + jumpMs);

    it(`${direction} closes no connection early or late`, async () => {
      const pool = given.endpoint.pool({ idleTimeoutMs: 2_000 });
      const other = given.endpoint.pool({ idleTimeoutMs: 0, maxLifetimeMs: 2_000 });
      const random = Math.random;
      Math.random = () => 0;
      await pool.warmUp(1);
      await other.warmUp(1);
      Math.random = random;
      jump();
      await time.clock.tickAsync(1_999);
      assert.deepEqual([pool.stats().idle, other.stats().idle], [1, 1]);
      await time.clock.tickAsync(1);
      assert.deepEqual([pool.stats().idle, other.stats().idle], [0, 0]);
    });

    it(`${direction} sends no heartbeat early or late`, async () => {
      const pool = given.endpoint.pool({ beats: true, heartbeatIntervalMs: 2_000, idleTimeoutMs: 0 });
      await pool.warmUp(1);
      jump();
      await (await pool.get()).close();
      assert.equal(pool.stats().heartbeats, 1);
      await time.clock.tickAsync(1_999);
      assert.equal(pool.stats().heartbeats, 1);
      await time.clock.tickAsync(1);
      assert.equal(pool.stats().heartbeats, 2);
    });

    it(`${direction} moves no deadline of a call, a dial, a heartbeat or a close`, async () => {
      given.endpoint.otherwise.close = 'never';
      const pool = given.endpoint.pool({ maxActive: 1, waitTimeoutMs: 2_000, closeTimeoutMs: 2_000 });
      const transport = await pool.get();
      const get = handled(pool.get());
      const closed = (await given.endpoint.pool({ closeTimeoutMs: 2_000 }).get()).close(true);
      given.endpoint.plan.dial.push('never');
      const dialed = handled(given.endpoint.pool({ dialTimeoutMs: 2_000, dialRetryCount: 0 }).get());
      jump();
      await time.clock.tickAsync(1_999);
      for (const call of [get, closed, dialed]) assert.equal(await settled<unknown>(call), 'pending');
      await time.clock.tickAsync(1);
      for (const call of [get, closed, dialed]) assert.notEqual(await settled<unknown>(call), 'pending');
      await transport.close();
    });

    it(`${direction} changes neither the time waited nor the time held in the statistics`, async () => {
      const pool = given.endpoint.pool({ maxActive: 1, leakDetectionMs: 1_000 });
      const held: number[] = [];
      pool.on('leak', ({ heldMs }) => held.push(heldMs));
      const transport = await pool.get();
      const waiting = pool.get();
      jump();
      await time.clock.tickAsync(1_000);
      await transport.close();
      await (await waiting).close();
      assert.equal(pool.stats().waitMsTotal, 1_000);
      assert.deepEqual(held, [1_000]);
    });
  }
});
