import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import type { ConnPool } from '../../../lib/pool/conn-pool.js';
import { tlsFixture } from '../../support/tls.js';
import { waitFor, within } from '../../support/wait-for.js';
import { allBroken, echo, type PoolOptions, withServer } from './fixture.js';

type Reader = (socket: Socket, length: number) => Promise<string>;

/** Every way of reading from a socket: gives the next `length` bytes and leaves no listener behind. */
const readers: Record<string, Reader> = {
  "on('data')": (socket, length) =>
    new Promise((resolve) => {
      let text = '';
      socket.on('data', function take(chunk: Buffer) {
        text += chunk.toString('latin1');
        if (text.length < length) return;
        socket.off('data', take);
        resolve(text);
      });
    }),
  "events.once('data')": async (socket, length) => {
    let text = '';
    while (text.length < length) text += String(((await once(socket, 'data')) as [Buffer])[0]);
    return text;
  },
  "on('data') with pause and resume": (socket, length) =>
    new Promise((resolve) => {
      let text = '';
      socket.on('data', function take(chunk: Buffer) {
        text += chunk.toString('latin1');
        socket.pause();
        if (text.length < length) return void setImmediate(() => socket.resume());
        socket.off('data', take);
        resolve(text);
      });
    }),
  "on('readable') and read()": (socket, length) =>
    new Promise((resolve) => {
      let text = '';
      socket.on('readable', function take() {
        for (let chunk = socket.read(); chunk !== null; chunk = socket.read()) text += String(chunk);
        if (text.length < length) return;
        socket.off('readable', take);
        resolve(text);
      });
    }),
  "on('readable') and read() of an exact size": (socket, length) =>
    new Promise((resolve) => {
      socket.on('readable', function take() {
        const chunk = socket.read(length) as Buffer | null;
        if (chunk === null) return;
        socket.off('readable', take);
        resolve(String(chunk));
      });
    }),
  'async iteration': async (socket, length) => {
    let text = '';
    for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
      text += String(chunk);
      if (text.length >= length) break;
    }
    return text;
  },
  'pipe and unpipe': async (socket, length) => {
    const sink = new PassThrough({ highWaterMark: 1 });
    let text = '';
    sink.on('data', (chunk) => {
      text += String(chunk);
    });
    socket.pipe(sink);
    await waitFor('the pipe delivers', () => text.length >= length);
    socket.unpipe(sink);
    return text;
  },
};

const names = Object.keys(readers);
const pairs = names.flatMap((first) => names.map((second) => [first, second] as const));

function messageOf(length: number, seed: number): string {
  return Array.from({ length }, (_, i) => String.fromCharCode(97 + ((i * 7 + seed) % 26))).join('');
}

async function callAll(pool: ConnPool<Socket>, call: readonly string[], length: number): Promise<void> {
  for (const [i, name] of call.entries()) {
    const transport = await pool.get();
    const message = messageOf(length, i);
    const answer = within(name, readers[name]!(transport.client, length));
    transport.client.write(message);
    assert.equal(await answer, message, name);
    await transport.close();
  }
}

describe('reading from a socket of a TCP pool', () => {
  for (const [first, second] of pairs) {
    it(`works with ${first}, then with ${second}, on one connection`, () =>
      withServer({}, {}, async (pool, server) => {
        await callAll(pool, [first, second, first, second], 100);
        assert.equal(server.accepted, 1);
        server.send('surprise');
        await allBroken(pool);
      }));
  }

  for (const name of names) {
    it(`loses and repeats nothing of a long answer with ${name}`, async () => {
      const tls = await tlsFixture();
      const kinds: [object, PoolOptions][] = [
        [{}, {}],
        [{ tls: tls.server }, { tls: { ca: tls.ca } }],
      ];
      for (const [server, options] of kinds) {
        await withServer(server, options, async (pool) => {
          await callAll(pool, [name], 400_000);
          await callAll(pool, [name, name], 10);
        });
      }
    });

    it(`gives a late reader what came before it, with ${name}`, () =>
      withServer({}, {}, async (pool, server) => {
        const transport = await pool.get();
        transport.client.write('hello');
        await waitFor('the answer is there', () => transport.client.readableLength === 5);
        await turn();
        assert.equal(await within(name, readers[name]!(transport.client, 5)), 'hello');
        await transport.close();
        assert.equal(pool.stats().closed.broken, 1, 'nobody can tell it from an unexpected message');
        assert.equal(await pool.do((socket) => echo(socket, 'again')), 'again');
        assert.equal(server.accepted, 2);
      }));
  }

  it('goes on when a reader that paused the socket has left it paused', () =>
    withServer({}, {}, async (pool, server) => {
      for (let loan = 0; loan < 3; loan++) {
        await pool.do(async (socket) => {
          assert.equal(await echo(socket, 'hello'), 'hello');
          socket.pause();
        });
      }
      await callAll(pool, names, 10);
      assert.equal(server.accepted, 1);
    }));

  it('notices what is left of an answer that was read in part', () =>
    withServer({}, {}, async (pool) => {
      await pool.do(async (socket) => {
        socket.write('hello');
        await once(socket, 'readable');
        assert.equal(String(socket.read(2)), 'he');
      });
      await allBroken(pool);
    }));

  it('destroys a socket that comes back with bytes unread', () =>
    withServer({}, {}, async (pool) => {
      const transport = await pool.get();
      transport.client.write('hello');
      await waitFor('the answer is there', () => transport.client.readableLength === 5);
      await transport.close();
      assert.equal(pool.stats().closed.broken, 1);
    }));

  it('destroys a socket whose borrower removed all listeners, and its errors crash nobody', () =>
    withServer({}, {}, async (pool, server) => {
      const transport = await pool.get();
      transport.client.removeAllListeners();
      await turn();
      server.reset();
      await waitFor('the socket is closed', () => transport.client.destroyed);
      await transport.close();
      assert.equal(pool.stats().closed.broken, 1);
    }));
});
