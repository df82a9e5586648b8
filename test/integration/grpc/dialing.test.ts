import assert from 'node:assert/strict';
import { Client } from '@grpc/grpc-js';
import { GrpcConnectionError, grpcPool, isGrpcConnectionError } from '../../../lib/clients/grpc/index.js';
import { DialError, DialTimeoutError } from '../../../lib/pool/errors.js';
import { failureOf } from '../../support/failure-of.js';
import { TcpServer } from '../../support/tcp-server.js';
import { tlsFixture } from '../../support/tls.js';
import { waitFor, within } from '../../support/wait-for.js';
import { addressOf, echo, echoVia, promptly, withPool } from './fixture.js';
import { startTestbed } from './testbed.js';
import { LoadedTestbed } from './testbed-client.js';

const once = { dialRetryCount: 0 };

describe('a gRPC dial', () => {
  it('fails at once, with the reason, when nobody listens', async () => {
    const server = await TcpServer.start();
    const address = addressOf(server);
    await server.close();
    await withPool(address, { pool: once }, async (pool) => {
      const error = await promptly(failureOf(pool.get()));
      assert.ok(error instanceof DialError);
      assert.ok(error.cause instanceof GrpcConnectionError);
      assert.equal(error.cause.code, 'ERR_GRPC_CONNECTION');
      assert.equal(error.cause.message, `connecting to ${address} failed: connect ECONNREFUSED ${address}`);
      assert.ok(isGrpcConnectionError(error));
    });
  });

  it('fails with the reason when the name is unknown', () =>
    withPool('dns:///no-such-host.invalid:50051', { pool: once }, async (pool) => {
      assert.match(
        (await failureOf(pool.get())).message,
        /failed: Name resolution failed for target dns:.*no-such-host/,
      );
    }));

  for (const [what, mode] of [
    ['answers with garbage', 'garbage'],
    ['sends back what it got', 'echo'],
  ] as const) {
    it(`fails at once when the server ${what}`, async () => {
      await using server = await TcpServer.start({ mode });
      await withPool(addressOf(server), { pool: once }, async (pool) => {
        assert.match(
          (await promptly(failureOf(pool.get()))).message,
          /failed: the server speaks no HTTP\/2, or expects TLS$/,
        );
        await waitFor('the socket is closed', () => server.open === 0);
      });
    });
  }

  it('is given up in time when the server accepts and stays mute, and leaves no socket behind', async () => {
    await using server = await TcpServer.start({ mode: 'mute' });
    await withPool(addressOf(server), { pool: { dialTimeoutMs: 60, dialRetryCount: 2 } }, async (pool) => {
      const error = await promptly(failureOf(pool.get()));
      assert.ok(error instanceof DialError && error.cause instanceof DialTimeoutError);
      assert.equal(error.attempts, 3);
      assert.equal(server.accepted, 3);
      await waitFor('the sockets are closed while the pool lives on', () => server.open === 0);
    });
  });

  it('is given up in time when the server is mute before or after the TLS handshake', async () => {
    const tls = await tlsFixture();
    const options = { tls: { ca: tls.ca }, pool: { ...once, dialTimeoutMs: 150 } };
    await using before = await TcpServer.start({ mode: 'mute' });
    await using after = await TcpServer.start({
      mode: 'mute',
      tls: { ...tls.server, ALPNProtocols: ['h2'] },
    });
    for (const server of [before, after]) {
      await withPool(addressOf(server), options, async (pool) => {
        const error = await promptly(failureOf(pool.get()));
        assert.ok(error instanceof DialError && error.cause instanceof DialTimeoutError);
        await waitFor('the socket is closed while the pool lives on', () => server.open === 0);
      });
    }
  });

  it('is given up when the pool is closed', async () => {
    await using server = await TcpServer.start({ mode: 'mute' });
    const pool = grpcPool(LoadedTestbed, { address: addressOf(server) });
    const failed = failureOf(pool.get());
    await waitFor('the server was dialed', () => server.open === 1);
    await within('the pool closes', pool.close(), { timeoutMs: 1_000 });
    assert.equal((await failed).code, 'ERR_POOL_CLOSED');
    await waitFor('the socket is closed', () => server.open === 0);
  });

  it('serves the next caller when its own has given up', async () => {
    const testbed = await startTestbed();
    try {
      await withPool(addressOf(testbed), { pool: { maxActive: 1 } }, async (pool) => {
        const controller = new AbortController();
        const given = failureOf(pool.get({ signal: controller.signal }));
        controller.abort(new Error('enough'));
        assert.equal((await given).message, 'enough');
        assert.equal(await echoVia(pool, 'hello'), 'hello');
        assert.equal(pool.stats().dials, 1);
      });
    } finally {
      testbed.kill();
    }
  });

  it('of many at once leaves none behind that is not lent', async () => {
    const testbed = await startTestbed();
    try {
      await withPool(addressOf(testbed), { pool: { maxActive: 20 } }, async (pool) => {
        const transports = await Promise.all(Array.from({ length: 20 }, () => pool.get()));
        await Promise.all(transports.map(({ client }) => echo(client, 'hello')));
        assert.equal(testbed.peers.size, 20);
        await Promise.all(transports.map((transport) => transport.close()));
      });
    } finally {
      testbed.kill();
    }
  });

  it('refuses a client class that drops its options, as its connection could not be watched', async () => {
    class Careless extends Client {
      constructor(address: string, credentials: ConstructorParameters<typeof Client>[1]) {
        super(address, credentials);
      }
    }
    const pool = grpcPool(Careless, { address: '127.0.0.1:1', pool: once });
    const error = (await failureOf(pool.get())).cause as { code?: string; option?: string };
    assert.equal(error.code, 'ERR_INVALID_OPTION');
    assert.equal(error.option, 'ClientCtor');
    await pool.close();
  });
});
