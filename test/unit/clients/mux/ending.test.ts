import assert from 'node:assert/strict';
import { once } from 'node:events';
import {
  type FrameCodec,
  lengthPrefixed,
  MuxClosedError,
  MuxConnection,
  MuxConnectionError,
  type MuxConnectionOptions,
  MuxProtocolError,
} from '../../../../lib/clients/mux/index.js';
import { InvalidOptionError } from '../../../../lib/pool/errors.js';
import { failureOf } from '../../../support/failure-of.js';
import { waitFor, within } from '../../../support/wait-for.js';
import { CODEC, frame, type Peer, withClock, withConnection } from './fixture.js';
import { socketPair } from './socket-pair.js';

const hello = Buffer.from('hello');

/** Runs `end` while requests are in flight; all must fail the same way, and what comes later too. */
async function allFail(
  options: Partial<MuxConnectionOptions>,
  end: (peer: Peer, connection: MuxConnection) => unknown,
): Promise<MuxConnectionError> {
  const broken: Error[] = [];
  let error: Error | undefined;
  await withConnection({ ...options, onBroken: (cause) => broken.push(cause) }, async (connection, peer) => {
    const failures = Array.from({ length: 3 }, () => failureOf(connection.request(hello)));
    failures.push(failureOf(connection.putRequest(77n)));
    await peer.requests(3);
    await end(peer, connection);
    const errors = await Promise.all(failures);
    assert.equal(new Set(errors).size, 1);
    [error] = errors;
    assert.ok(connection.isBroken);
    assert.deepEqual(broken, [error]);
    const later = await failureOf(connection.request(hello));
    assert.ok(later instanceof MuxConnectionError);
    assert.match(later.message, /is closed: /);
    assert.equal(later.cause, error);
    assert.equal((await failureOf(connection.putRequest(1n))).code, 'ERR_MUX_CONNECTION');
    assert.throws(() => connection.nextId(), MuxConnectionError);
  });
  assert.ok(error instanceof MuxConnectionError);
  return error;
}

describe('a multiplexed connection that fails', () => {
  it('by a reset rejects everything in flight at once', async () => {
    const error = await allFail({}, (peer) => peer.socket.resetAndDestroy());
    assert.equal(error.code, 'ERR_MUX_CONNECTION');
    assert.match(error.message, /127\.0\.0\.1:\d+ was lost: .*ECONNRESET.*, with 4 requests in flight/);
    assert.equal((error.cause as NodeJS.ErrnoException).code, 'ECONNRESET');
  });

  it('by an end of the server rejects everything in flight at once', async () => {
    const error = await allFail({}, (peer) => peer.socket.end());
    assert.match(error.message, /was ended by the server, with 4 requests in flight/);
  });

  it('counts what it rejected as no timeout later', () =>
    withClock({}, async (connection, peer, clock) => {
      const failure = failureOf(connection.request(hello, { timeoutMs: 30 }));
      await peer.requests(1);
      peer.socket.resetAndDestroy();
      assert.equal((await failure).code, 'ERR_MUX_CONNECTION');
      clock.tick(50);
      assert.equal(connection.stats().timeouts, 0);
    }));

  it('in the middle of an answer says so', async () => {
    const error = await allFail({}, (peer) => peer.socket.end(frame(1n, 'hello').subarray(0, 14)));
    assert.match(error.message, /was ended by the server in the middle of a frame/);
  });

  it('in the middle of a header says so', async () => {
    const error = await allFail({}, (peer) => peer.socket.end(Buffer.alloc(3)));
    assert.match(error.message, /in the middle of a frame/);
  });

  it('because somebody destroyed the socket rejects everything', async () => {
    const error = await allFail({}, (_, connection) => connection.socket.destroy());
    assert.match(error.message, /was closed, with 4 requests in flight/);
  });

  it('by a frame beyond the limit is given up before the frame has come', async () => {
    const error = await allFail({ maxFrameBytes: 1_000 }, (peer) => {
      peer.socket.write(frame(1n, Buffer.alloc(989)).subarray(0, 12));
    });
    assert.ok(error instanceof MuxProtocolError);
    assert.match(
      error.message,
      /sent what is no frame: a frame of 1001 bytes is announced, maxFrameBytes is 1000/,
    );
  });

  it('takes frames up to the limit', () =>
    withConnection({ maxFrameBytes: 1_000 }, async (connection, peer) => {
      const answer = connection.request(hello);
      const [request] = await peer.requests(1);
      peer.answer(request!.id, Buffer.alloc(988));
      assert.equal((await answer).length, 988);
    }));

  it('by a frame beyond 64 MiB is given up when it was told no limit', async () => {
    const error = await allFail({}, (peer) => {
      const header = Buffer.alloc(12);
      header.writeUInt32BE(64 * 1_024 * 1_024 - 11);
      peer.socket.write(header);
    });
    assert.match(error.message, /a frame of 67108865 bytes is announced, maxFrameBytes is 67108864/);
  });

  const badHeaders: [string, FrameCodec['readAnswerHeader'], RegExp][] = [
    [
      'an error of the codec',
      () => {
        throw new Error('no magic');
      },
      /sent what is no frame: no magic/,
    ],
    ...[Number.NaN, -1, Infinity].map((payloadBytes): [string, FrameCodec['readAnswerHeader'], RegExp] => [
      `a size of ${payloadBytes}`,
      () => ({ id: 1n, skipBytes: 0, payloadBytes }),
      /a frame of .* bytes is announced/,
    ]),
  ];
  for (const [what, readAnswerHeader, message] of badHeaders) {
    it(`by ${what} is given up`, async () => {
      await using pair = await socketPair();
      const connection = new MuxConnection(pair.client, { codec: { ...CODEC, readAnswerHeader } });
      const failure = failureOf(connection.request(hello));
      pair.server.write(frame(1n, 'x'));
      const error = await failure;
      assert.equal(error.code, 'ERR_MUX_PROTOCOL');
      assert.match(error.message, message);
      await connection.close();
    });
  }

  it('because the server wants TLS says so, whatever the codec makes of the alert', async () => {
    const alert = Buffer.from([0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x46]);
    for (const codec of [CODEC, lengthPrefixed({ idBytes: 1, lengthBytes: 1 })]) {
      const error = await allFail({ codec }, (peer) => peer.socket.end(alert));
      assert.match(error.message, /\(it speaks TLS, this connection does not\)/);
    }
  });

  it('because the server wanted something else, without a word, guesses so', async () => {
    const error = await allFail({}, (peer) => peer.socket.end());
    assert.match(error.message, /it never sent a byte: does it speak this protocol, and without TLS\?/);
    await withConnection({}, async (connection, peer) => {
      const answer = connection.request(hello);
      const [request] = await peer.requests(1);
      peer.answer(request!.id, 'a word');
      await answer;
      const failure = failureOf(connection.request(hello));
      peer.socket.end();
      assert.doesNotMatch((await failure).message, /never sent/);
    });
  });

  it('was closed before it was handed over', async () => {
    await using pair = await socketPair();
    const closed = once(pair.client, 'close');
    pair.client.destroy();
    await closed;
    const broken: Error[] = [];
    const connection = new MuxConnection(pair.client, {
      codec: CODEC,
      onBroken: (error) => broken.push(error),
    });
    assert.match((await failureOf(connection.request(hello))).message, /was closed before it could be used/);
    assert.equal(broken.length, 1);
    await connection.close();
  });

  it('keeps a request that the codec will not frame from harming the others', () => {
    let sent = 0;
    const codec = {
      ...CODEC,
      writeRequestHeader: (target: Buffer, id: bigint, bytes: number) => {
        sent += 1;
        if (sent === 2) throw new Error('cannot be framed');
        CODEC.writeRequestHeader(target, id, bytes);
      },
    };
    return withConnection({ codec }, async (connection, peer) => {
      const first = connection.request(hello);
      assert.equal((await failureOf(connection.request(hello))).message, 'cannot be framed');
      const third = connection.request(hello);
      const requests = await peer.requests(2);
      for (const { id } of requests) peer.socket.write(frame(id, 'ok'));
      assert.deepEqual((await Promise.all([first, third])).map(String), ['ok', 'ok']);
    });
  });
});

describe('closing a multiplexed connection', () => {
  it('rejects everything in flight, refuses what comes later and ends the socket', () =>
    withConnection({}, async (connection, peer) => {
      const failures = [1, 2].map(() => failureOf(connection.request(hello)));
      await peer.requests(2);
      const ended = once(peer.socket, 'end');
      const closed = connection.close();
      for (const failure of failures) {
        const error = await failure;
        assert.ok(error instanceof MuxClosedError);
        assert.equal(error.code, 'ERR_MUX_CLOSED');
      }
      assert.equal((await failureOf(connection.request(hello))).code, 'ERR_MUX_CLOSED');
      await closed;
      await ended;
      assert.ok(connection.socket.destroyed);
    }));

  it('does not count as a failure of the connection', async () => {
    const broken: Error[] = [];
    await withConnection({ onBroken: (error) => broken.push(error) }, (connection) => connection.close());
    assert.deepEqual(broken, []);
  });

  it('with a grace waits for the answers under way and refuses new requests at once', () =>
    withConnection({}, async (connection, peer) => {
      const answers = [connection.request(hello), connection.request(hello)];
      const requests = await peer.requests(2);
      let isClosed = false;
      const closed = connection.close({ graceMs: 10_000 }).then(() => {
        isClosed = true;
      });
      assert.equal((await failureOf(connection.request(hello))).code, 'ERR_MUX_CLOSED');
      assert.ok(connection.isBroken);
      peer.answer(requests[0]!.id, 'first');
      assert.equal(String(await answers[0]), 'first');
      assert.equal(isClosed, false);
      peer.socket.once('end', () => peer.socket.end());
      peer.answer(requests[1]!.id, 'second');
      assert.equal(String(await answers[1]), 'second');
      await within('it closes', closed, { timeoutMs: 2_000 });
    }));

  it('with a grace still sends what waits for the server to read', () =>
    withConnection({}, async (connection, peer) => {
      peer.socket.pause();
      const big = connection.request(Buffer.alloc(16 * 1_024 * 1_024));
      const waiting = connection.request(hello);
      const closed = connection.close({ graceMs: 10_000 });
      peer.socket.resume();
      peer.socket.once('end', () => peer.socket.end());
      for (const { id } of await peer.requests(2)) peer.answer(id, 'ok');
      assert.deepEqual((await Promise.all([big, waiting])).map(String), ['ok', 'ok']);
      await closed;
    }));

  it('waits no longer than the grace', () =>
    withConnection({}, async (connection, peer) => {
      const failure = failureOf(connection.request(hello));
      await peer.requests(1);
      await within('it closes', connection.close({ graceMs: 30 }), { timeoutMs: 1_000 });
      assert.equal((await failure).code, 'ERR_MUX_CLOSED');
    }));

  it('waits for the server to end its side no longer than the grace', () =>
    withConnection({}, async (connection, peer) => {
      const ended = once(peer.socket, 'end');
      await within('it closes', connection.close({ graceMs: 30 }), { timeoutMs: 900 });
      await ended;
    }));

  it('ends with the connection when that fails during the grace', () =>
    withConnection({}, async (connection, peer) => {
      const failure = failureOf(connection.request(hello));
      await peer.requests(1);
      const closed = connection.close({ graceMs: 10_000 });
      peer.socket.resetAndDestroy();
      await within('it closes', closed);
      assert.equal((await failure).code, 'ERR_MUX_CONNECTION');
    }));

  it('twice is the same as once', () =>
    withConnection({}, async (connection) => {
      await Promise.all([
        connection.close(),
        connection.close({ graceMs: 1_000 }),
        connection[Symbol.asyncDispose](),
      ]);
      await waitFor('the socket is closed', () => connection.socket.closed);
    }));

  it('refuses a grace that is no time, and closes nothing', () =>
    withConnection({}, async (connection) => {
      for (const graceMs of [-1, Number.NaN, '5']) {
        const error = await failureOf(connection.close({ graceMs: graceMs as number }));
        assert.ok(error instanceof InvalidOptionError);
      }
      assert.equal(connection.isBroken, false);
    }));
});
