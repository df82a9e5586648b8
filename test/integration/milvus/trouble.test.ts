import assert from 'node:assert/strict';
import { status } from '@grpc/grpc-js';
import type { MilvusClient } from '@zilliz/milvus2-sdk-node';
import type { ServerProcess } from '../../../examples/thrift/server-process.js';
import { FaultProxy } from '../../support/fault-proxy.js';
import { waitFor, within } from '../../support/wait-for.js';
import { failureOf, serveMilvus, startMilvus, withMilvus } from './fixture.js';

/** Quick to come back, so that tests need not wait. */
const channelOptions = { 'grpc.initial_reconnect_backoff_ms': 100, 'grpc.max_reconnect_backoff_ms': 200 };

const isHealthy = (client: MilvusClient) =>
  client.checkHealth().then(
    (answer) => answer.isHealthy,
    () => false,
  );

describe('a Milvus client whose server goes', () => {
  const started: ServerProcess[] = [];
  const start = async (...flags: string[]) => {
    const server = await startMilvus(...flags);
    started.push(server);
    return server;
  };
  afterEach(() => Promise.all(started.splice(0).map((server) => server.stop('SIGKILL'))));

  it('fails calls clearly while it is away, and works again by itself when it is back', async () => {
    const server = await start();
    const { address: port } = server;
    await withMilvus({ address: `127.0.0.1:${port}`, channelOptions }, async (milvus) => {
      const client = await milvus.mustGet('main');
      await server.stop('SIGKILL');
      const error = await failureOf(client.checkHealth());
      assert.equal(error.code, status.UNAVAILABLE);
      await start('--port', port);
      await waitFor('calls succeed again', () => isHealthy(client), { timeoutMs: 10_000 });
    });
  });

  it('fails the calls under way at once when it is killed', async () => {
    const server = await start('--mute');
    await withMilvus({ address: `127.0.0.1:${server.address}`, channelOptions }, async (milvus) => {
      const client = await milvus.mustGet('main');
      const calls = Array.from({ length: 10 }, () => failureOf(client.checkHealth()));
      await server.stop('SIGKILL');
      for (const error of await within('all calls end', Promise.all(calls))) {
        assert.equal(error.code, status.UNAVAILABLE, error.message);
      }
    });
  });

  it('fails calls at their timeout when it goes silent, and works again when it is heard again', async () => {
    await using server = await serveMilvus();
    await using proxy = await FaultProxy.start({ port: Number(server.address.split(':')[1]) });
    const options = { address: `127.0.0.1:${proxy.port}`, timeout: 300, channelOptions };
    await withMilvus(options, async (milvus) => {
      const client = await milvus.mustGet('main');
      proxy.set({ kind: 'blackhole' });
      const calls = Array.from({ length: 5 }, () => failureOf(client.checkHealth()));
      for (const error of await Promise.all(calls)) assert.equal(error.code, status.DEADLINE_EXCEEDED);
      proxy.set({ kind: 'reset' }, { connections: 'open' });
      proxy.heal();
      await waitFor('calls succeed again', () => isHealthy(client), { timeoutMs: 10_000 });
    });
  });

  it('closes in time with a server that went silent', async () => {
    await using server = await serveMilvus();
    await using proxy = await FaultProxy.start({ port: Number(server.address.split(':')[1]) });
    await withMilvus({ address: `127.0.0.1:${proxy.port}`, closeTimeoutMs: 100 }, async (milvus) => {
      const client = await milvus.mustGet('main');
      proxy.set({ kind: 'blackhole' });
      const call = failureOf(client.checkHealth());
      const startedAt = performance.now();
      await milvus.close();
      assert.ok(performance.now() - startedAt < 2_000);
      assert.match((await call).message, /the client was closed while the call was under way/);
      await proxy.close(); // a black hole keeps its own sockets
    });
  });

  it('survives a reset: the call is made again over a new connection', async () => {
    await using server = await serveMilvus();
    await using proxy = await FaultProxy.start({ port: Number(server.address.split(':')[1]) });
    await withMilvus(
      { address: `127.0.0.1:${proxy.port}`, channelOptions, retryDelay: 100 },
      async (milvus) => {
        const client = await milvus.mustGet('main');
        proxy.set({ kind: 'reset' }, { connections: 'open' });
        assert.equal((await client.checkHealth()).isHealthy, true);
        assert.equal(proxy.accepted, 2);
      },
    );
  });

  it('fails a call whose answer is too long, and works on', async () => {
    const long = { status: { error_code: 'Success' }, version: 'x'.repeat(10_000) };
    await using server = await serveMilvus({ instead: { GetVersion: (_, done) => done(null, long) } });
    const options = { address: server.address, channelOptions: { 'grpc.max_receive_message_length': 1_000 } };
    await withMilvus(options, async (milvus) => {
      const client = await milvus.mustGet('main');
      assert.equal((await failureOf(client.getVersion())).code, status.RESOURCE_EXHAUSTED);
      assert.equal(await isHealthy(client), true);
      assert.equal(server.peers.size, 1);
    });
  });
});

describe('closing Milvus clients', () => {
  it('lets calls under way end', async () => {
    let answer = () => {};
    await using server = await serveMilvus({
      instead: {
        GetVersion: (_, done) => {
          answer = () => done(null, { status: { error_code: 'Success' }, version: 'late' });
        },
      },
    });
    await withMilvus({ address: server.address }, async (milvus) => {
      const call = (await milvus.mustGet('main')).getVersion();
      await waitFor('the call is at the server', () => server.calls.get('GetVersion') === 1);
      const closed = milvus.close();
      answer();
      assert.equal((await call).version, 'late');
      await closed;
    });
  });

  it('does not wait for a call that is tried again and again', async () => {
    await using server = await serveMilvus({
      instead: { GetVersion: (_, done) => done({ code: status.ABORTED, details: 'again' }) },
    });
    const options = { address: server.address, closeTimeoutMs: 100, maxRetries: 1_000, retryDelay: 0 };
    await withMilvus(options, async (milvus) => {
      const call = failureOf((await milvus.mustGet('main')).getVersion());
      await waitFor('the call is at the server', () => (server.calls.get('GetVersion') ?? 0) > 1);
      await milvus.close();
      assert.match((await call).message, /the client was closed while the call was under way/);
    });
  });

  it('also closes one that the SDK was told to close', async () => {
    await using server = await serveMilvus();
    await withMilvus({ address: server.address }, async (milvus) => {
      await (await milvus.mustGet('main')).closeConnection();
    });
  });
});

describe('the connections of a Milvus client', () => {
  const slow = {
    GetVersion: (_: unknown, done: (e: null, a: unknown) => void) =>
      void setTimeout(() => done(null, { status: { error_code: 'Success' }, version: 'slow' }), 50),
  };

  it('are one by default: many calls share it at the same time', async () => {
    await using server = await serveMilvus({ instead: slow as never });
    await withMilvus({ address: server.address }, async (milvus) => {
      const client = await milvus.mustGet('main');
      const startedAt = performance.now();
      await Promise.all(Array.from({ length: 60 }, () => client.getVersion()));
      assert.ok(performance.now() - startedAt < 60 * 50);
      assert.equal(server.peers.size, 1);
    });
  });

  it('are as many as the option pool asks for', async () => {
    await using server = await serveMilvus({ instead: slow as never });
    await withMilvus({ address: server.address, pool: { min: 1, max: 3 } }, async (milvus) => {
      const client = await milvus.mustGet('main');
      await Promise.all(Array.from({ length: 12 }, () => client.getVersion()));
      assert.equal(server.peers.size, 3);
    });
  });

  it('carry the telemetry of the SDK too', async () => {
    await using server = await serveMilvus();
    const options = { address: server.address, telemetry: { enabled: true, heartbeatIntervalMs: 1_000 } };
    await using proxy = await FaultProxy.start({ port: Number(server.address.split(':')[1]) });
    await withMilvus({ ...options, address: `127.0.0.1:${proxy.port}` }, async (milvus) => {
      const client = await milvus.mustGet('main');
      await waitFor('the telemetry has been sent, and refused', () => !client.getTelemetry().isSupported());
      assert.equal(proxy.accepted, 1);
    });
  });
});
