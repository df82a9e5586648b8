import assert from 'node:assert/strict';
import { status } from '@grpc/grpc-js';
import type { ServerProcess } from '../../../examples/thrift/server-process.js';
import { grpcPool, isGrpcCallUnsent, isGrpcConnectionError } from '../../../lib/clients/grpc/index.js';
import { Cluster } from '../../../lib/cluster/index.js';
import { retry } from '../../../lib/middleware/index.js';
import { failureOf } from '../../support/failure-of.js';
import { startLoad } from '../../support/load.js';
import { waitFor } from '../../support/wait-for.js';
import {
  addressOf,
  assertStatus,
  echo,
  echoVia,
  promptly,
  startTestbedProcess,
  withPool,
} from './fixture.js';
import { startTestbed } from './testbed.js';
import { LoadedTestbed, type TestbedClient } from './testbed-client.js';

describe('a gRPC server under load', () => {
  let server: ServerProcess;
  const address = () => `127.0.0.1:${server.address}`;
  beforeEach(async () => {
    server = await startTestbedProcess();
  });
  afterEach(() => server.stop('SIGKILL'));

  it('serves 1,000 concurrent callers over 10 connections', () =>
    withPool(address(), { pool: { maxActive: 10 } }, async (pool) => {
      const sent = Array.from({ length: 1_000 }, (_, i) => `caller ${i}`);
      assert.deepEqual(await Promise.all(sent.map((text) => echoVia(pool, text))), sent);
      assert.equal(pool.stats().dials, 10);
    }));

  it('that is killed in mid-call fails the calls under way at once and those after it clearly', () =>
    withPool(address(), { pool: { maxActive: 10, dialRetryCount: 0 } }, async (pool) => {
      const calls = Array.from({ length: 10 }, () => failureOf(echoVia(pool, 'hang')));
      await waitFor('all calls are under way', () => pool.stats().inUse === 10);
      await server.stop('SIGKILL');
      for (const error of await promptly(Promise.all(calls))) {
        assert.equal(error.code, status.UNAVAILABLE, error.message);
        assert.ok(isGrpcConnectionError(error));
      }
      assert.equal(pool.stats().closed.broken, 10);
      const later = await failureOf(echoVia(pool, 'hello'));
      assert.match(later.message, /connecting to 127\.0\.0\.1:\d+ failed: connect ECONNREFUSED/);
      assert.ok(isGrpcConnectionError(later));
    }));

  it('that is killed in mid-stream ends the stream with an error at once', () =>
    withPool(address(), {}, async (pool) => {
      const ended = pool.do((client) => {
        const stream = client.repeat({ text: 'open', times: 3 });
        stream.once('data', () => void server.stop('SIGKILL'));
        return new Promise((resolve, reject) => stream.on('error', reject).on('end', resolve).resume());
      });
      await promptly(assertStatus(ended, status.UNAVAILABLE));
      assert.equal(pool.stats().open, 0);
    }));

  it('that is killed and started again leaves every call with a result or a clear error', () =>
    withPool(address(), { pool: { maxActive: 10, dialRetryCount: 0 } }, async (pool) => {
      const load = startLoad(() => echoVia(pool, 'hello'), 50);
      await waitFor('calls succeed', () => load.results > 200);
      await server.stop('SIGKILL');
      await waitFor('calls fail', () => load.errors.length > 10);
      server = await startTestbedProcess('--port', server.address);
      const before = load.results;
      await waitFor('calls succeed again', () => load.results > before + 200);
      await load.stop();
      assert.equal(load.started, load.results + load.errors.length);
      for (const error of load.errors) assert.ok(isGrpcConnectionError(error), String(error));
    }));

  it('that is told to stop ends in good order: calls under way are answered', () =>
    withPool(address(), { pool: { maxActive: 5 } }, async (pool) => {
      let read = 0;
      const calls = Array.from({ length: 5 }, () =>
        pool.do(async (client) => {
          const answer = echo(client, 'slow 300');
          await echo(client, 'sent after it: once this is answered, the server has read both');
          read++;
          return answer;
        }),
      );
      await waitFor('the server has read all calls', () => read === 5);
      const stopped = server.stop('SIGTERM');
      assert.deepEqual(await Promise.all(calls), Array(5).fill('slow 300'));
      await stopped;
      await waitFor('the closed connections leave the pool', () => pool.stats().open === 0);
    }));
});

describe('a call that a gRPC server has not looked at when it stops', () => {
  for (const streamsPerConnection of [undefined, 10]) {
    it(`says that nothing was sent, ${streamsPerConnection === undefined ? 'exclusive' : 'shared'}`, async () => {
      const server = await startTestbed();
      const pool = grpcPool(LoadedTestbed, { address: addressOf(server), streamsPerConnection });
      await echoVia(pool, 'hello');
      const stopped = server.close();
      // Sent before the news could arrive: grpc-js tries it once more, on a connection that is refused.
      const error = await promptly(failureOf(echoVia(pool, 'late')));
      assert.match(error.message, /No connection established/);
      assert.ok(isGrpcCallUnsent(error));
      assert.ok(isGrpcConnectionError(error));
      await stopped;
      await pool.close();
    });
  }

  it('is safe to send elsewhere: a cluster with a retry for such calls loses none', async () => {
    const servers = await Promise.all([startTestbed(), startTestbed()]);
    const cluster = new Cluster<TestbedClient>({
      connect: ({ host, port }) =>
        grpcPool(LoadedTestbed, { address: `${host}:${port}`, pool: { minIdle: 1 } }),
    });
    for (const { port } of servers) cluster.addEndpoint({ id: String(port), host: '127.0.0.1', port });
    cluster.use(retry({ retries: 1, delayMs: 1, isRetryable: isGrpcCallUnsent }));
    await Promise.all(Array.from({ length: 8 }, () => echoVia(cluster, 'hello')));
    const stopped = servers[0]!.close();
    const late = Array.from({ length: 8 }, () => echoVia(cluster, 'late'));
    assert.deepEqual(await promptly(Promise.all(late)), Array(8).fill('late'));
    await stopped;
    await cluster.close();
    servers[1]!.kill();
  });

  it('may have been looked at when the server is killed, or grpc-js repeats calls by itself', async () => {
    const server = await startTestbed();
    const methodConfig = [{ name: [{}] }];
    const channelOptions = { 'grpc.service_config': JSON.stringify({ methodConfig }) };
    const own = grpcPool(LoadedTestbed, { address: addressOf(server), channelOptions });
    const pool = grpcPool(LoadedTestbed, { address: addressOf(server) });
    await echoVia(own, 'hello');
    const hanging = failureOf(echoVia(pool, 'hang'));
    await waitFor('the call has arrived', () => server.peers.size === 2);
    const stopped = server.close();
    const late = await promptly(failureOf(echoVia(own, 'late')));
    assert.match(late.message, /No connection established/);
    assert.equal(isGrpcCallUnsent(late), false);
    server.kill();
    assert.equal(isGrpcCallUnsent(await promptly(hanging)), false);
    await stopped;
    await Promise.all([pool.close(), own.close()]);
  });
});
