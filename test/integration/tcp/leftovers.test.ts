import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { waitFor, within } from '../../support/wait-for.js';
import { echo, withServer } from './fixture.js';

/** Ways to read the first bytes of an answer and leave the rest where it is, without a listener left behind. */
const partialReads: Record<string, (socket: Socket) => Promise<unknown>> = {
  "once('readable') and a read() that is too short": async (socket) => {
    await once(socket, 'readable');
    return socket.read(2);
  },
  "on('readable') and a read() that is too short": (socket) =>
    new Promise((resolve) => {
      socket.on('readable', function take() {
        const part = socket.read(2);
        if (part === null) return;
        socket.off('readable', take);
        resolve(part);
      });
    }),
  "on('data') and unshift()": (socket) =>
    new Promise((resolve) => {
      socket.on('data', function take(chunk: Buffer) {
        socket.off('data', take);
        socket.unshift(chunk.subarray(2));
        resolve(chunk.subarray(0, 2));
      });
    }),
  "on('data'), unshift() and pause()": (socket) =>
    new Promise((resolve) => {
      socket.on('data', function take(chunk: Buffer) {
        socket.pause();
        socket.unshift(chunk.subarray(2));
        socket.off('data', take);
        resolve(chunk.subarray(0, 2));
      });
    }),
};

describe('bytes left in a socket that is given back', () => {
  for (const [name, readPart] of Object.entries(partialReads)) {
    it(`never reach the next borrower in the queue: ${name}`, () =>
      withServer({}, { pool: { maxActive: 1 } }, async (pool) => {
        const transport = await pool.get();
        const next = pool.do((socket) => echo(socket, 'next'));
        transport.client.write('stale');
        assert.equal(String(await within(name, readPart(transport.client))), 'st');
        void transport.close();
        assert.equal(await next, 'next');
        assert.equal(pool.stats().closed.broken, 1);
      }));

    it(`never reach a borrower that comes in the same moment: ${name}`, () =>
      withServer({}, {}, async (pool) => {
        await pool.do(async (socket) => {
          socket.write('stale');
          assert.equal(String(await within(name, readPart(socket))), 'st');
        });
        assert.equal(await pool.do((socket) => echo(socket, 'next')), 'next');
        assert.equal(pool.stats().closed.broken, 1);
      }));
  }

  it('never reach the next borrower when they came while the reader was paused', () =>
    withServer({}, { pool: { maxActive: 1 } }, async (pool, server) => {
      const transport = await pool.get();
      const { client } = transport;
      const next = pool.do((socket) => echo(socket, 'next'));
      const listener = () => client.pause();
      client.on('data', listener);
      client.write('first');
      await waitFor('the reader pauses', () => client.isPaused());
      server.send('second');
      await waitFor('more has come', () => client.readableLength > 0);
      client.off('data', listener);
      void transport.close();
      assert.equal(await next, 'next');
      assert.equal(pool.stats().closed.broken, 1);
    }));

  it('are what an answer looks like whose reader left before it read: it loses nothing but the connection', () =>
    withServer({}, {}, async (pool, server) => {
      for (let i = 0; i < 3; i++) {
        await pool.do(async (socket) => {
          socket.write('4:body');
          await once(socket, 'readable');
          assert.equal(String(socket.read(2)), '4:');
          await null;
          assert.equal(String(socket.read(4)), 'body');
        });
      }
      assert.equal(server.accepted, 3);
      assert.equal(pool.stats().closed.broken, 3);
    }));

  it('are none when the reader stays until the answer is read', () =>
    withServer({}, {}, async (pool, server) => {
      const stay = () => {};
      for (let i = 0; i < 5; i++) {
        await pool.do(async (socket) => {
          socket.on('readable', stay);
          socket.write('4:body');
          await once(socket, 'readable');
          assert.equal(String(socket.read(2)), '4:');
          await null;
          assert.equal(String(socket.read(4)), 'body');
          socket.off('readable', stay);
        });
      }
      assert.equal(server.accepted, 1);
    }));
});
