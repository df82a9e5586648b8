import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { CloseReason, ConnPool } from '../../../lib/pool/index.js';
import { type FakeClient, type FakeEndpoint, useEndpoint, useFakeTime } from './support/fake-endpoint.js';

type Pool = ConnPool<FakeClient>;
type Clock = { tickAsync(ms: number): Promise<unknown> };

/** For each reason, how the first connection of a pool comes to be closed for it. */
const ways: Record<CloseReason, (endpoint: FakeEndpoint, clock: Clock) => Promise<Pool>> = {
  broken: async (endpoint) => {
    const pool = endpoint.pool();
    await (await pool.get()).close(true);
    return pool;
  },
  heartbeat: async (endpoint, clock) => {
    const pool = endpoint.pool({ beats: true, heartbeatIntervalMs: 1_000 });
    await pool.warmUp(1);
    endpoint.plan.heartbeat.push('fail');
    await clock.tickAsync(1_000);
    return pool;
  },
  idle: async (endpoint, clock) => {
    const pool = endpoint.pool({ idleTimeoutMs: 1_000 });
    await pool.warmUp(1);
    await clock.tickAsync(1_000);
    return pool;
  },
  lifetime: async (endpoint, clock) => {
    const pool = endpoint.pool({ maxLifetimeMs: 1_000 });
    await pool.warmUp(1);
    await clock.tickAsync(1_000);
    return pool;
  },
  uses: async (endpoint) => {
    const pool = endpoint.pool({ maxUses: 1 });
    await (await pool.get()).close();
    return pool;
  },
  excess: async (endpoint) => {
    const pool = endpoint.pool({ maxIdle: 0 });
    await (await pool.get()).close();
    return pool;
  },
  invalidated: async (endpoint) => {
    const pool = endpoint.pool();
    await pool.warmUp(1);
    pool.invalidate();
    return pool;
  },
  shutdown: async (endpoint) => {
    const pool = endpoint.pool();
    await pool.warmUp(1);
    await pool.close();
    return pool;
  },
};

describe('the reason of a close', () => {
  const time = useFakeTime();
  const given = useEndpoint(time);

  for (const [reason, closeOne] of Object.entries(ways)) {
    it(`is '${reason}' for the callback, the channel and the statistics alike`, async () => {
      const published: unknown[] = [];
      const onClose = (message: unknown) => {
        const { reason: told, client } = message as { reason?: string; client: FakeClient };
        if (told !== undefined) published.push([client.id, told]);
      };
      subscribe('connpool:close', onClose);
      try {
        const pool = await closeOne(given.endpoint, time.clock);
        assert.deepEqual(given.endpoint.reasons, [reason]);
        assert.deepEqual(published, [[1, reason]]);
        for (const [name, count] of Object.entries(pool.stats().closed)) {
          assert.equal(count, name === reason ? 1 : 0, name);
        }
        assert.equal(pool.stats().open, 0);
      } finally {
        unsubscribe('connpool:close', onClose);
      }
    });
  }

  it('reaches the close listeners before the callback runs', async () => {
    const order: string[] = [];
    const pool = given.endpoint.pool({ close: () => void order.push('callback') });
    pool.on('close', (client, reason) => order.push(`${client.id} ${reason}`));
    await (await pool.get()).close(true);
    assert.deepEqual(order, ['1 broken', 'callback']);
  });

  it('comes with the error that broke the connection, where there is one', async () => {
    const pool = given.endpoint.pool({ beats: true, heartbeatIntervalMs: 1_000 });
    await pool.warmUp(1);
    given.endpoint.plan.heartbeat.push('fail');
    await time.clock.tickAsync(1_000);
    const { error } = given.endpoint.closes[0]?.ctx ?? {};
    assert.equal((error as { code: string }).code, 'ERR_HEARTBEAT');
    assert.equal(((error as Error).cause as Error).message, 'heartbeat failed');
    await (await pool.get()).close(true);
    assert.equal(Object.hasOwn(given.endpoint.closes[1]?.ctx ?? {}, 'error'), false);
  });
});
