import assert from 'node:assert/strict';
import { Duplex } from 'node:stream';
import { connectivityState, InterceptingCall, type Interceptor, status } from '@grpc/grpc-js';
import { grpcPool, isGrpcConnectionError, unary } from '../../../lib/clients/grpc/index.js';
import type { Transport } from '../../../lib/pool/transport.js';
import { FaultProxy } from '../../support/fault-proxy.js';
import { recordHandles } from '../../support/handles.js';
import { waitFor, within } from '../../support/wait-for.js';
import {
  addressOf,
  assertStatus,
  echo,
  echoVia,
  startTestbedProcess,
  type TestbedPool,
  withPool,
} from './fixture.js';
import { startTestbed, type Testbed } from './testbed.js';
import { LoadedTestbed, type Message, type TestbedClient } from './testbed-client.js';

async function borrow(pool: TestbedPool) {
  const transport = await pool.get();
  return { client: transport.client, close: () => transport.close() };
}

describe('the connections of a gRPC pool', () => {
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

  const takeAll = (pool: { get(): Promise<Transport<TestbedClient>> }, count: number) =>
    Promise.all(Array.from({ length: count }, () => pool.get()));

  it('are as many at the server as there are clients', () =>
    withPool(addressOf(proxy), { pool: { maxActive: 7 } }, async (pool) => {
      const transports = await takeAll(pool, 7);
      await Promise.all(transports.map(({ client }) => echo(client, 'hello')));
      assert.equal(proxy.open, 7);
      assert.equal(testbed.peers.size, 7);
      await Promise.all(transports.map((transport) => transport.close()));
      await Promise.all(Array.from({ length: 50 }, () => echoVia(pool, 'again')));
      assert.equal(testbed.peers.size, 7);
      assert.equal(proxy.accepted, 7);
    }));

  it('are closed at the server when the pool is', async () => {
    await withPool(addressOf(proxy), {}, async (pool) => {
      const transports = await takeAll(pool, 3);
      for (const transport of transports) await transport.close();
      assert.equal(proxy.open, 3);
    });
    await waitFor('the server sees no connection any more', () => proxy.open === 0);
  });

  it('are counted the same by a server in another process', async () => {
    const server = await startTestbedProcess();
    try {
      await withPool(`127.0.0.1:${server.address}`, { pool: { maxActive: 5 } }, async (pool) => {
        const transports = await takeAll(pool, 5);
        await Promise.all(transports.map(({ client }) => echo(client, 'hello')));
        const [first] = transports;
        const { times } = await unary<Message>((done) => first!.client.echo({ text: 'peers' }, done));
        assert.equal(times, 5);
        await Promise.all(transports.map((transport) => transport.close()));
      });
    } finally {
      await server.stop();
    }
  });

  it('are replaced when they are older than maxLifetimeMs, so that load finds new servers', () =>
    withPool(addressOf(proxy), { pool: { maxLifetimeMs: 40 } }, async (pool) => {
      await waitFor('three connections were used one after the other', async () => {
        await echoVia(pool, 'hello');
        return proxy.accepted >= 3;
      });
      assert.ok(pool.stats().closed.lifetime >= 2);
      assert.equal(pool.stats().closed.broken, 0);
    }));

  it('leave the pool at once when the server hangs up while they are idle', () =>
    withPool(addressOf(proxy), {}, async (pool) => {
      await echoVia(pool, 'hello');
      proxy.set({ kind: 'cut' }, { connections: 'open' });
      await waitFor('the connection leaves the pool', () => pool.stats().open === 0);
      assert.equal(pool.stats().closed.broken, 1);
      assert.equal(await echoVia(pool, 'hello'), 'hello');
      assert.equal(proxy.accepted, 2);
    }));

  it('do not come back by themselves beneath a client that lost its own', () =>
    withPool(addressOf(proxy), {}, async (pool) => {
      const transport = await pool.get();
      proxy.set({ kind: 'reset' }, { connections: 'open' });
      const channel = transport.client.getChannel();
      await waitFor('it is gone', () => channel.getConnectivityState(false) !== connectivityState.READY);
      proxy.heal();
      for (let i = 0; i < 3; i++) {
        const error = await assertStatus(echo(transport.client, 'hello'), status.UNAVAILABLE);
        assert.match(error.details, /was lost/);
        assert.ok(isGrpcConnectionError(error));
      }
      const { client } = transport;
      const collected = unary((done) => {
        const call = client.collect(done);
        call.write({ text: 'hello' });
        return call;
      });
      await assertStatus(collected, status.UNAVAILABLE);
      for (const start of [() => client.repeat({ text: 'hello', times: 1 }), () => client.chat()]) {
        const stream = start();
        if (stream instanceof Duplex) stream.write({ text: 'hello' });
        const ended = new Promise((_, reject) => stream.on('error', reject).resume());
        assert.equal(stream.getPeer(), 'unknown');
        stream.cancel();
        await assertStatus(ended, status.UNAVAILABLE);
      }
      await transport.close();
      assert.equal(pool.stats().closed.broken, 1);
      assert.equal(proxy.accepted, 1);
    }));

  it('refuse a call that an interceptor holds back until its connection is lost', () => {
    let go = () => {};
    const late: Interceptor = (options, nextCall) =>
      new InterceptingCall(nextCall(options), {
        start: (metadata, listener, next) => {
          go = () => next(metadata, listener);
        },
      });
    return withPool(addressOf(proxy), {}, async (pool) => {
      const { client, close } = await borrow(pool);
      const call = unary<Message>((done) => client.echo({ text: 'hello' }, { interceptors: [late] }, done));
      proxy.set({ kind: 'reset' }, { connections: 'open' });
      const channel = client.getChannel();
      await waitFor('it is gone', () => channel.getConnectivityState(false) !== connectivityState.READY);
      go();
      await assertStatus(call, status.UNAVAILABLE);
      await close();
    });
  });

  it('are those of whoever detaches their client', async () => {
    await null; // mocha starts the test's own timer when it has been given the promise
    const handles = recordHandles();
    const pool = grpcPool(LoadedTestbed, { address: addressOf(proxy) });
    const detached = (await pool.get()).detach();
    await within('the pool closes', pool.close());
    assert.equal(await echo(detached, 'still here'), 'still here');
    detached.close();
    await waitFor('it is closed', () => proxy.open === 0);
    await handles.assertNoneLeft();
  });
});

describe('a gRPC server that limits the age of connections', () => {
  it('has them replaced, and the calls under way end well', async () => {
    const testbed = await startTestbed({ maxAgeMs: 150 });
    try {
      await withPool(addressOf(testbed), { pool: { maxActive: 2 } }, async (pool) => {
        const long = echoVia(pool, 'slow 600');
        await waitFor('the server has ended connections', async () => {
          assert.equal(await echoVia(pool, 'hello'), 'hello');
          return pool.stats().dials >= 4;
        });
        assert.equal(await long, 'slow 600');
        await waitFor('nothing is kept that was ended', () => pool.stats().inUse === 0);
      });
    } finally {
      testbed.kill();
    }
  });
});
