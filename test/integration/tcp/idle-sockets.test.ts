import assert from 'node:assert/strict';
import { FaultProxy } from '../../support/fault-proxy.js';
import { TcpServer } from '../../support/tcp-server.js';
import { tlsFixture } from '../../support/tls.js';
import { waitFor } from '../../support/wait-for.js';
import { allBroken, echo, makeIdle, type PoolOptions, withPool, withServer } from './fixture.js';

describe('an idle socket of a TCP pool', () => {
  const deaths = {
    'is ended by its peer': (server: TcpServer) => server.end(),
    'is reset by its peer': (server: TcpServer) => server.reset(),
    'gets data nobody asked for': (server: TcpServer) => server.send('surprise'),
    'gets data nobody asked for, and its end': (server: TcpServer) => {
      server.send('surprise');
      server.end();
    },
  };
  for (const kind of ['plain', 'TLS']) {
    for (const [what, strike] of Object.entries(deaths)) {
      it(`leaves the pool at once when it ${what} (${kind})`, async () => {
        const tls = await tlsFixture();
        const options: PoolOptions = kind === 'TLS' ? { tls: { ca: tls.ca } } : {};
        await withServer(kind === 'TLS' ? { tls: tls.server } : {}, options, async (pool, server) => {
          const socket = await makeIdle(pool);
          strike(server);
          await allBroken(pool);
          await waitFor('the socket is closed', () => socket.closed);
          assert.equal(await pool.do((next) => echo(next, 'again')), 'again');
          assert.equal(server.accepted, 2);
        });
      });

      it(`leaves the pool at once when it ${what} before its first use (${kind})`, async () => {
        const tls = await tlsFixture();
        const options: PoolOptions = kind === 'TLS' ? { tls: { ca: tls.ca } } : {};
        await withServer(kind === 'TLS' ? { tls: tls.server } : {}, options, async (pool, server) => {
          await pool.warmUp(2);
          await waitFor('the server knows both', () => server.ready === 2);
          strike(server);
          await allBroken(pool, 2);
        });
      });
    }
  }

  it('stays in the pool while nothing happens to it, loan after loan', () =>
    withServer({}, {}, async (pool, server) => {
      const first = await makeIdle(pool);
      for (let loan = 0; loan < 20; loan++) assert.equal(await makeIdle(pool), first);
      assert.equal(server.accepted, 1);
      const counts = first.eventNames().map((event) => [String(event), first.listenerCount(event)]);
      await makeIdle(pool);
      assert.deepEqual(
        first.eventNames().map((event) => [String(event), first.listenerCount(event)]),
        counts,
      );
    }));

  it('whose peer vanished without a word is found by the heartbeat', async () => {
    await using server = await TcpServer.start();
    await using proxy = await FaultProxy.start({ host: server.host, port: server.port });
    const options: PoolOptions = {
      heartbeat: (socket) => echo(socket, 'ping').then((answer) => answer === 'ping'),
      pool: { heartbeatIntervalMs: 20, heartbeatTimeoutMs: 50 },
    };
    await withPool({ host: proxy.host, port: proxy.port }, options, async (pool) => {
      await makeIdle(pool);
      proxy.set({ kind: 'blackhole' }, { connections: 'open' });
      await waitFor('the heartbeat finds it', () => pool.stats().closed.heartbeat === 1);
      assert.equal(await pool.do((socket) => echo(socket, 'again')), 'again');
      await proxy.close(); // what it swallowed keeps its side open
    });
  });
});
