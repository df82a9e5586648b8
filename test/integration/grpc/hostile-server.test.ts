import assert from 'node:assert/strict';
import type { ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import { status } from '@grpc/grpc-js';
import { isGrpcConnectionError } from '../../../lib/clients/grpc/index.js';
import { waitFor } from '../../support/wait-for.js';
import { addressOf, assertStatus, echoVia, promptly, withPool } from './fixture.js';
import { goaway, noise, oversizedFrame, startHttp2Server, startRawServer, zeros } from './hostile-server.js';

/** Of the connection: it ends at once, and so does the call. */
const endings: Record<string, (socket: Socket) => void> = {
  'it resets the connection': (socket) => socket.resetAndDestroy(),
  'it hangs up': (socket) => socket.end(),
  'it sends GOAWAY and takes the call no more': (socket) => socket.write(goaway(0, 0)),
};

/** Of the connection: HTTP/2 as Node speaks it neither reads on nor says so; the call's deadline ends it. */
const garbage: Record<string, (socket: Socket) => void> = {
  'it sends zeros': (socket) => socket.write(zeros),
  'it sends noise': (socket) => socket.write(noise),
  'it announces an oversized frame': (socket) => socket.write(oversizedFrame),
  'it says nothing any more': () => {},
};

const grpcHeaders = { ':status': 200, 'content-type': 'application/grpc' };
const answerWith = (message: Buffer) => (stream: ServerHttp2Stream) => {
  stream.respond(grpcHeaders, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
  stream.end(message);
};
const http = (code: number) => (stream: ServerHttp2Stream) => {
  stream.respond({ ':status': code, 'content-type': 'text/html' });
  stream.end('<html>no</html>');
};
const reset = (code: number) => (stream: ServerHttp2Stream) => stream.close(code);

/** Of one call: the connection works on. */
const badAnswers: Record<string, [(stream: ServerHttp2Stream) => void, status]> = {
  'a message of 2 GiB is announced': [
    (stream) => {
      stream.respond(grpcHeaders);
      stream.write(Buffer.from([0, 0x7f, 0xff, 0xff, 0xff, 1, 2, 3]));
    },
    status.RESOURCE_EXHAUSTED,
  ],
  'the message is cut short': [answerWith(Buffer.from([0, 0, 0, 0, 9, 1, 2])), status.UNIMPLEMENTED],
  'the message is no protobuf': [answerWith(Buffer.from([0, 0, 0, 0, 3, 255, 255, 255])), status.INTERNAL],
  'there is no message': [answerWith(Buffer.alloc(0)), status.UNIMPLEMENTED],
  'the stream is reset as a protocol error': [reset(1), status.INTERNAL],
  'the stream is reset as an internal error': [reset(2), status.INTERNAL],
  'the stream is refused': [reset(7), status.UNAVAILABLE],
  'the stream is cancelled': [reset(8), status.CANCELLED],
  'a proxy answers 503': [http(503), status.UNAVAILABLE],
  'a web server answers 404': [http(404), status.UNIMPLEMENTED],
};

describe('a gRPC server that misbehaves', () => {
  for (const [misdeed, end] of Object.entries(endings)) {
    it(`fails the call at once and loses the connection when ${misdeed}`, async () => {
      await using server = await startRawServer(end);
      await withPool(addressOf(server), { requestTimeoutMs: 10_000 }, async (pool) => {
        const error = await promptly(assertStatus(echoVia(pool, 'hello'), status.UNAVAILABLE));
        assert.ok(isGrpcConnectionError(error));
        assert.equal(pool.stats().open, 0);
        assert.equal(pool.stats().closed.broken, 1);
      });
      await waitFor('the server sees no connection any more', () => server.open === 0);
    });
  }

  for (const [misdeed, send] of Object.entries(garbage)) {
    it(`fails the call at its deadline and loses the connection soon after when ${misdeed}`, async () => {
      await using server = await startRawServer(send);
      const options = { requestTimeoutMs: 60, pool: { heartbeatTimeoutMs: 60 } };
      await withPool(addressOf(server), options, async (pool) => {
        const error = await promptly(assertStatus(echoVia(pool, 'hello'), status.DEADLINE_EXCEEDED));
        assert.equal(isGrpcConnectionError(error), false);
        await waitFor('the connection leaves the pool', () => pool.stats().open === 0);
        assert.equal(pool.stats().closed.broken, 1);
      });
      await waitFor('the server sees no connection any more', () => server.open === 0);
    });
  }

  for (const [misdeed, [answer, code]] of Object.entries(badAnswers)) {
    it(`fails the call at once and keeps the connection when ${misdeed}`, async () => {
      await using server = await startHttp2Server(answer);
      await withPool(addressOf(server), { requestTimeoutMs: 10_000 }, async (pool) => {
        for (let i = 0; i < 3; i++) {
          const error = await promptly(assertStatus(echoVia(pool, 'hello'), code));
          assert.equal(isGrpcConnectionError(error), false);
        }
        const { dials, open } = pool.stats();
        assert.deepEqual({ dials, open }, { dials: 1, open: 1 });
      });
    });
  }

  it('loses the connection, not the call, when it ends the connection with GOAWAY first', async () => {
    await using server = await startRawServer((socket) => {
      socket.write(goaway(0, 1));
      setTimeout(() => socket.destroy(), 60);
    });
    await withPool(addressOf(server), {}, async (pool) => {
      const call = assertStatus(echoVia(pool, 'hello'), status.UNAVAILABLE);
      await waitFor('the connection is lent and lost', () => pool.stats().inUse === 1);
      await call;
      assert.equal(pool.stats().closed.broken, 1);
    });
  });
});
