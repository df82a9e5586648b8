import assert from 'node:assert/strict';
import { status } from '@grpc/grpc-js';
import {
  type GrpcPoolOptions,
  grpcPool,
  isGrpcConnectionError,
  type StreamPool,
  unary,
} from '../../../lib/clients/grpc/index.js';
import { failureOf } from '../../support/failure-of.js';
import { FaultProxy } from '../../support/fault-proxy.js';
import { runWithPool } from '../../support/run-with-pool.js';
import { waitFor, within } from '../../support/wait-for.js';
import { addressOf, assertStatus, echo, echoVia, promptly, startTestbedProcess } from './fixture.js';
import { startTestbed, type Testbed } from './testbed.js';
import { LoadedTestbed, type TestbedClient } from './testbed-client.js';

/** Runs `test` with a shared pool of `address`, closes it, and sees to it that nothing is left. */
async function withShared(
  address: string,
  options: Omit<GrpcPoolOptions<TestbedClient>, 'address' | 'streamsPerConnection'> & {
    streamsPerConnection: number;
  },
  test: (pool: StreamPool<TestbedClient>) => unknown,
): Promise<void> {
  await runWithPool(() => grpcPool(LoadedTestbed, { address, ...options }), test);
}

describe('gRPC connections in shared mode', () => {
  let testbed: Testbed;
  let proxy: FaultProxy;
  beforeEach(async () => {
    testbed = await startTestbed();
    proxy = await FaultProxy.start(testbed);
  });
  afterEach(async () => {
    testbed.kill();
    await proxy.close();
  });

  it('carry the calls of several callers at once', () =>
    withShared(addressOf(proxy), { streamsPerConnection: 50, pool: { maxActive: 2 } }, async (pool) => {
      const startedAt = performance.now();
      const calls = Array.from({ length: 100 }, () => echoVia(pool, 'slow 100'));
      await waitFor('all are under way', () => pool.stats().streams === 100);
      assert.equal(pool.stats().waiting, 0);
      await Promise.all(calls);
      assert.ok(performance.now() - startedAt < 2_000);
      assert.equal(proxy.accepted, 2);
      assert.equal(testbed.peers.size, 2);
    }));

  it('serve 1,000 callers over as few connections as they need', () =>
    withShared(addressOf(proxy), { streamsPerConnection: 25, pool: { maxActive: 4 } }, async (pool) => {
      const sent = Array.from({ length: 1_000 }, (_, i) => `caller ${i}`);
      assert.deepEqual(await Promise.all(sent.map((text) => echoVia(pool, text))), sent);
      assert.equal(proxy.accepted, 4);
      await echoVia(pool, 'one more');
      assert.equal(proxy.accepted, 4);
    }));

  it('fail all calls on a connection that dies, and those alone', () =>
    withShared(addressOf(proxy), { streamsPerConnection: 2, pool: { maxActive: 2 } }, async (pool) => {
      const victim = failureOf(echoVia(pool, 'hang'));
      const signal = AbortSignal.timeout(150);
      const hanging = (client: TestbedClient) =>
        unary((done) => client.echo({ text: 'hang' }, done), { signal });
      const trigger = failureOf(pool.do(hanging));
      await waitFor('both are under way', () => testbed.peers.size === 1);
      // Strikes this one connection, not the next, when the call that is given up is cancelled on it.
      proxy.set({ kind: 'reset' }, { connections: 'open', direction: 'toServer', afterBytes: 0 });
      const answer = echoVia(pool, 'slow 400');
      assert.equal((await trigger).name, 'TimeoutError');
      const error = await promptly(victim);
      assert.equal(error.code, status.UNAVAILABLE);
      assert.ok(isGrpcConnectionError(error));
      assert.equal(await answer, 'slow 400');
      const { open, closed } = pool.stats();
      assert.deepEqual([open, closed.broken], [1, 1]);
    }));

  it('keep their connection when one call among others runs out of time or is given up', () =>
    withShared(addressOf(proxy), { streamsPerConnection: 10, requestTimeoutMs: 5_000 }, async (pool) => {
      const good = echoVia(pool, 'slow 150');
      const timedOut = pool.do((client) => echo(client, 'hang', Date.now() + 30));
      const controller = new AbortController();
      const givenUp = failureOf(echoVia(pool, 'slow 100', { signal: controller.signal }));
      setTimeout(() => controller.abort(new Error('enough')), 20);
      await assertStatus(timedOut, status.DEADLINE_EXCEEDED);
      assert.equal((await givenUp).message, 'enough');
      assert.equal(await good, 'slow 150');
      assert.equal(pool.stats().dials, 1);
      assert.equal(pool.stats().open, 1);
    }));

  it('are replaced past their lifetime though they are never unused, without a failed call', () =>
    withShared(addressOf(proxy), { streamsPerConnection: 4, pool: { maxLifetimeMs: 60 } }, async (pool) => {
      let stop = false;
      const worker = async () => {
        while (!stop) await echoVia(pool, 'slow 5');
      };
      const workers = [worker(), worker(), worker()];
      await waitFor('three connections were used', () => proxy.accepted >= 3);
      stop = true;
      await Promise.all(workers);
      assert.equal(pool.stats().closed.broken, 0);
    }));

  it('are replaced at once when the server ends them in good order, and their streams end well', async () => {
    const aging = await startTestbed({ maxAgeMs: 100 });
    try {
      const options = { streamsPerConnection: 10, pool: { maxActive: 1 } };
      await withShared(addressOf(aging), options, async (pool) => {
        const long = echoVia(pool, 'slow 500');
        await waitFor('a second connection serves while the first still works', async () => {
          assert.equal(await echoVia(pool, 'hello'), 'hello');
          return aging.peers.size >= 2;
        });
        assert.equal(await long, 'slow 500');
      });
    } finally {
      aging.kill();
    }
  });

  it('end at once, all calls with them, when the server is killed', async () => {
    const server = await startTestbedProcess();
    try {
      const options = { streamsPerConnection: 10, pool: { maxActive: 2, dialRetryCount: 0 } };
      await withShared(`127.0.0.1:${server.address}`, options, async (pool) => {
        const calls = Array.from({ length: 30 }, () => failureOf(echoVia(pool, 'hang')));
        await waitFor('20 calls are under way and 10 wait', () => pool.stats().streams === 20);
        await server.stop('SIGKILL');
        for (const error of await promptly(Promise.all(calls)))
          assert.ok(isGrpcConnectionError(error), error.message);
        assert.equal(pool.stats().open, 0);
      });
    } finally {
      await server.stop('SIGKILL');
    }
  });

  it('cancel the calls under way when the pool is closed by force', () =>
    withShared(addressOf(proxy), { streamsPerConnection: 4 }, async (pool) => {
      const calls = [1, 2, 3].map(() => assertStatus(echoVia(pool, 'hang'), status.CANCELLED));
      await waitFor('they are under way', () => pool.stats().streams === 3);
      await within('the pool closes', pool.close({ timeoutMs: 20 }));
      await Promise.all(calls);
      await waitFor('the server sees no connection', () => proxy.open === 0);
    }));
});
