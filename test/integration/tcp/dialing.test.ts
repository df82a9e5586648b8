import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { connectSocket } from '../../../lib/clients/tcp/connect-socket.js';
import { tcpDialer } from '../../../lib/clients/tcp/index.js';
import { resolveTarget } from '../../../lib/clients/tcp/socket-target.js';
import { SocketWatch } from '../../../lib/clients/tcp/socket-watch.js';
import { ConnPool } from '../../../lib/pool/conn-pool.js';
import { DialError, DialTimeoutError } from '../../../lib/pool/errors.js';
import { failureOf } from '../../support/failure-of.js';
import { FaultProxy } from '../../support/fault-proxy.js';
import { TcpServer } from '../../support/tcp-server.js';
import { waitFor, within } from '../../support/wait-for.js';
import { echo, NO_RETRY, withPool, withServer } from './fixture.js';

async function closedPort(): Promise<number> {
  const server = await TcpServer.start();
  const { port } = server;
  await server.close();
  return port;
}

function contextOf(signal: AbortSignal) {
  const broken: unknown[] = [];
  return { broken, ctx: { signal, markBroken: (error: unknown) => void broken.push(error) } };
}

describe('dialing by a TCP pool', () => {
  for (const host of ['127.0.0.1', 'localhost']) {
    it(`fails with ECONNREFUSED at a closed port of ${host}`, async () => {
      const port = await closedPort();
      await withPool({ host, port }, { pool: NO_RETRY }, async (pool) => {
        const failure = await failureOf(pool.get());
        assert.ok(failure instanceof DialError);
        assert.equal((failure.cause as { code?: string }).code, 'ECONNREFUSED');
        assert.match(
          failure.message,
          new RegExp(`connecting to ${host}:${port} failed: connect ECONNREFUSED`),
        );
      });
    });
  }

  it('is not held past dialTimeoutMs by a server that accepts and stays mute to the heartbeat', () =>
    withServer(
      { mode: 'mute' },
      {
        heartbeat: (socket) => echo(socket, 'ping'),
        pool: { ...NO_RETRY, dialTimeoutMs: 60, heartbeatTimeoutMs: 10_000 },
      },
      async (pool, server) => {
        const failure = await failureOf(pool.get());
        assert.ok(failure instanceof DialError && failure.cause instanceof DialTimeoutError);
        await waitFor('the socket is closed', () => server.open === 0);
      },
    ));

  it('takes a heartbeat that reads wrong bytes for dead', () =>
    withServer(
      { mode: 'garbage' },
      { heartbeat: async (socket) => (await echo(socket, 'a long ping')) === 'a long ping', pool: NO_RETRY },
      async (pool) => {
        assert.match((await failureOf(pool.get())).message, /heartbeat returned false/);
      },
    ));

  it('is given up at once when the signal aborts', async () => {
    await using server = await TcpServer.start({ mode: 'mute' });
    // TLS, as the handshake never comes to its end.
    const dialer = tcpDialer({ host: server.host, port: server.port }, true);
    const controller = new AbortController();
    const { ctx } = contextOf(controller.signal);
    const failure = failureOf(dialer.dial(ctx));
    await waitFor('the server has accepted', () => server.open === 1);
    controller.abort(new Error('enough'));
    assert.equal((await failure).message, 'enough');
    await waitFor('the socket is closed', () => server.open === 0);
    assert.equal((await failureOf(dialer.dial(ctx))).message, 'enough');
    assert.equal(server.accepted, 1);
  });

  it('gives callbacks for a pool of one’s own, with a greeting read in its dial', async () => {
    await using server = await TcpServer.start();
    const address = { host: server.host, port: server.port };
    const tcp = tcpDialer({ ...address, heartbeat: (socket) => echo(socket, 'ping') }, false);
    await using pool = new ConnPool<Socket>({
      ...tcp,
      dial: async (ctx) => {
        const socket = await tcp.dial(ctx);
        const greeting = once(socket, 'data');
        await waitFor('the server knows it', () => server.open === 1);
        server.send('welcome');
        assert.equal(String((await greeting)[0]), 'welcome');
        return socket;
      },
    });
    assert.equal(await pool.do((socket) => echo(socket, 'hello')), 'hello');
    assert.equal(pool.stats().heartbeats, 1);
  });

  it('reports a connection that is closed before the pool has seen it', async () => {
    await using server = await TcpServer.start();
    const { ctx, broken } = contextOf(new AbortController().signal);
    const socket = await connectSocket(resolveTarget({ host: server.host, port: server.port }), ctx.signal);
    socket.destroy();
    new SocketWatch(socket, 'somewhere', ctx.markBroken);
    await waitFor('the socket is closed', () => socket.closed);
    assert.deepEqual(broken.map(String), [
      'TcpConnectionError: the connection to somewhere was closed before it could be used',
    ]);
  });

  it('reports a connection that dies right after it was made, once, and by name', async () => {
    await using server = await TcpServer.start();
    await using proxy = await FaultProxy.start({ host: server.host, port: server.port });
    const dialer = tcpDialer({ host: proxy.host, port: proxy.port });
    const { ctx, broken } = contextOf(new AbortController().signal);
    const socket = await dialer.dial(ctx);
    assert.deepEqual(broken, []);
    proxy.set({ kind: 'reset' });
    await waitFor('the socket is closed', () => socket.closed);
    assert.equal(broken.length, 1);
    assert.match(String(broken[0]), /the connection to 127\.0\.0\.1:\d+ was lost: read ECONNRESET/);
    await within('the close', dialer.close(socket));
    assert.equal(tcpDialer({ path: '/nowhere' }).heartbeat, undefined);
  });
});
