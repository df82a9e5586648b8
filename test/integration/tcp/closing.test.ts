import assert from 'node:assert/strict';
import { once } from 'node:events';
import { tcpDialer } from '../../../lib/clients/tcp/index.js';
import { FaultProxy } from '../../support/fault-proxy.js';
import { TcpServer } from '../../support/tcp-server.js';
import { waitFor, waitForEvent, within } from '../../support/wait-for.js';
import { echo, makeIdle, recordErrors, withPool, withServer } from './fixture.js';

const live = () => ({ signal: new AbortController().signal, markBroken: () => {} });

describe('closing a socket of a TCP pool', () => {
  it('sends what is still to be sent, then ends', () =>
    withServer({ mode: 'mute' }, {}, async (pool, server) => {
      const transport = await pool.get();
      transport.client.write(Buffer.alloc(300_000, 1));
      await transport.close();
      await pool.close();
      assert.equal(server.received.length, 300_000);
      await waitFor('the server has seen the end', () => server.open === 0);
    }));

  it('leaves no listener on the socket but one for errors', async () => {
    await using server = await TcpServer.start();
    const dialer = tcpDialer({ host: server.host, port: server.port });
    const socket = await dialer.dial(live());
    await echo(socket, 'hello');
    await within('the close', dialer.close(socket, { reason: 'idle' }));
    assert.ok(socket.closed);
    const left = ['data', 'readable', 'newListener', 'removeListener', 'close'].filter(
      (event) => socket.listenerCount(event) > 0,
    );
    assert.deepEqual(left, []);
    await within('a second close', dialer.close(socket, { reason: 'idle' }));
  });

  it('does not wait for the peer when the connection is broken', async () => {
    await using server = await TcpServer.start({ allowHalfOpen: true, mode: 'mute' });
    const dialer = tcpDialer({ host: server.host, port: server.port });
    for (const reason of ['broken', 'heartbeat'] as const) {
      const socket = await dialer.dial(live());
      const closed = dialer.close(socket, { reason });
      assert.ok(socket.destroyed);
      await within('the close', closed);
    }
  });

  it('throws away what the peer still says', () =>
    withServer({ allowHalfOpen: true }, {}, async (pool, server) => {
      await makeIdle(pool);
      const closed = pool.close();
      server.send(Buffer.alloc(200_000));
      server.end();
      await within('the pool closes', closed, { timeoutMs: 500 });
    }));

  it('cuts a peer that does not end its side, within closeTimeoutMs', () =>
    withServer({ allowHalfOpen: true }, { pool: { closeTimeoutMs: 100 } }, async (pool, server) => {
      const errors = recordErrors(pool);
      const socket = await makeIdle(pool);
      await within('the pool closes', pool.close(), { timeoutMs: 500 });
      assert.ok(socket.closed);
      assert.deepEqual(errors, []);
      await server.close(); // its side is open yet
    }));

  it('cuts a peer that reads nothing any more', () =>
    withServer({}, { pool: { closeTimeoutMs: 100 } }, async (pool, server) => {
      const transport = await pool.get();
      await echo(transport.client, 'hello');
      server.stopReading();
      transport.client.write(Buffer.alloc(20_000_000));
      const socket = transport.client;
      await within('the close', transport.close());
      await within('the pool closes', pool.close(), { timeoutMs: 1_000 });
      assert.ok(socket.closed);
      await server.close(); // its side is open yet
    }));

  it('replaces a socket that was reset in mid-write', async () => {
    await using server = await TcpServer.start();
    await using proxy = await FaultProxy.start({ host: server.host, port: server.port });
    await withPool({ host: proxy.host, port: proxy.port }, {}, async (pool) => {
      const transport = await pool.get();
      const socket = transport.client;
      proxy.set({ kind: 'reset' }, { connections: 'open', direction: 'toServer', afterBytes: 100_000 });
      const gone = waitForEvent(socket, 'close');
      socket.write(Buffer.alloc(5_000_000));
      await within('the socket dies', gone);
      assert.equal(pool.stats().inUse, 1);
      await transport.close();
      assert.equal(pool.stats().closed.broken, 1);
      assert.equal(await pool.do((next) => echo(next, 'again')), 'again');
    });
  });

  it('destroys a socket whose peer ended its side while it was lent', () =>
    withServer({}, {}, async (pool, server) => {
      const transport = await pool.get();
      await echo(transport.client, 'hello');
      const ended = once(transport.client, 'end');
      server.end();
      await within('the end', ended);
      await transport.close();
      assert.equal(pool.stats().closed.broken, 1);
    }));

  it('lets go of a lent socket when the pool closes', () =>
    withServer({}, {}, async (pool, server) => {
      const transport = await pool.get();
      await echo(transport.client, 'hello');
      await within('the pool closes', pool.close({ timeoutMs: 10 }));
      await waitFor('the server has seen the end', () => server.open === 0);
      await transport.close();
    }));
});
