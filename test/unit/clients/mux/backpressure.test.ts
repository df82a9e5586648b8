import assert from 'node:assert/strict';
import { failureOf } from '../../../support/failure-of.js';
import { waitFor, within } from '../../../support/wait-for.js';
import { withClock, withConnection } from './fixture.js';

/** More than the buffers of two sockets over loopback take. */
const BIG = Buffer.alloc(16 * 1_024 * 1_024, 'x');
const hello = Buffer.from('hello');

describe('a server that does not read', () => {
  it('lets requests wait, in order, and gets them when it reads again', () =>
    withConnection({}, async (connection, peer) => {
      peer.socket.pause();
      assert.equal(connection.isBackedUp, false);
      const big = connection.request(BIG);
      assert.equal(connection.isBackedUp, true);
      const rest = Array.from({ length: 50 }, (_, i) => connection.request(Buffer.from(`${i}`)));
      assert.equal(connection.stats().unsent, 50);
      const buffered = connection.socket.writableLength;
      assert.ok(buffered < BIG.length + 1_000, 'what waits is not in the socket');
      peer.socket.resume();
      const requests = await peer.requests(51);
      assert.deepEqual(
        requests.slice(1).map(({ payload }) => String(payload)),
        rest.map((_, i) => `${i}`),
      );
      for (const { id } of requests) peer.answer(id, 'ok');
      await within('all answers', Promise.all([big, ...rest]));
      assert.equal(connection.stats().unsent, 0);
    }));

  it('gets one big request after the other, never all at once from the memory of the socket', () =>
    withConnection({}, async (connection, peer) => {
      peer.socket.pause();
      const answers = [1, 2, 3, 4].map(() => connection.request(BIG));
      const held: number[] = [];
      connection.socket.on('drain', () => held.push(connection.socket.writableLength));
      peer.socket.resume();
      for (const { id } of await peer.requests(4)) peer.answer(id, 'ok');
      await Promise.all(answers);
      assert.equal(held.length, 4);
      for (const bytes of held) assert.ok(bytes < BIG.length + 1_000, `${bytes} bytes in the socket`);
    }));

  it('lets nobody pass those who wait', () =>
    withConnection({}, async (connection, peer) => {
      peer.socket.pause();
      const answers = [connection.request(BIG), connection.request(Buffer.from('waits'))];
      let next: Promise<Buffer> | undefined;
      connection.socket.prependOnceListener('drain', () => {
        next = connection.request(Buffer.from('comes later'));
      });
      peer.socket.resume();
      const requests = await peer.requests(3);
      assert.deepEqual(
        requests.slice(1).map(({ payload }) => String(payload)),
        ['waits', 'comes later'],
      );
      for (const { id } of requests) peer.answer(id, 'ok');
      await Promise.all([...answers, next]);
    }));

  it('never hears of requests that were given up while they waited, and their ids are free', () =>
    withConnection({}, async (connection, peer) => {
      peer.socket.pause();
      const big = connection.request(BIG);
      const controller = new AbortController();
      const aborted = failureOf(connection.request(Buffer.from('aborted'), { signal: controller.signal }));
      const timedOut = failureOf(connection.request(Buffer.from('timed out'), { timeoutMs: 5 }));
      const kept = connection.request(Buffer.from('kept'));
      controller.abort(new Error('enough'));
      assert.equal((await aborted).message, 'enough');
      assert.equal((await timedOut).code, 'ERR_MUX_TIMEOUT');
      const { unsent, abandoned } = connection.stats();
      assert.deepEqual({ unsent, abandoned }, { unsent: 1, abandoned: 0 });
      peer.socket.resume();
      const requests = await peer.requests(2);
      assert.equal(String(requests[1]!.payload), 'kept');
      for (const { id } of requests) peer.answer(id, 'ok');
      await Promise.all([big, kept]);
      assert.equal(peer.received.length, 2);
    }));

  it('cannot answer a request that it did not get', () =>
    withConnection({}, async (connection, peer) => {
      peer.socket.pause();
      const big = connection.request(BIG);
      const waiting = connection.request(hello);
      peer.answer(2n, 'forged');
      await waitFor('it is dropped', () => connection.stats().unknownAnswers === 1);
      peer.socket.resume();
      for (const { id } of await peer.requests(2)) peer.answer(id, 'true');
      assert.deepEqual((await Promise.all([big, waiting])).map(String), ['true', 'true']);
    }));

  it('is told by drained() when it reads again; at once when it reads', () =>
    withConnection({}, async (connection, peer) => {
      await within('drained', connection.drained());
      peer.socket.pause();
      const answers = [connection.request(BIG), connection.request(hello)];
      let isDrained = false;
      const drained = Promise.all([connection.drained(), connection.drained()]).then(() => {
        isDrained = true;
      });
      peer.answer(77n, 'what nobody asked for');
      await waitFor('the other direction to pass', () => connection.stats().unknownAnswers === 1);
      assert.equal(isDrained, false);
      peer.socket.resume();
      await within('drained', drained);
      assert.equal(connection.isBackedUp, false);
      for (const { id } of await peer.requests(2)) peer.answer(id, 'ok');
      await Promise.all(answers);
    }));

  it('also holds back requests behind what a caller of putRequest wrote himself', () =>
    withConnection({}, async (connection, peer) => {
      peer.socket.removeAllListeners('data').pause();
      connection.socket.write(BIG);
      const failure = failureOf(connection.request(hello));
      assert.equal(connection.stats().unsent, 1);
      const drained = connection.drained();
      peer.socket.resume();
      await within('drained', drained);
      assert.equal(connection.stats().unsent, 0);
      await connection.close();
      assert.equal((await failure).code, 'ERR_MUX_CLOSED');
    }));

  it('owes nothing for requests that were given up before it got them', () =>
    withClock({ requestTimeoutMs: 60 }, async (connection, peer, clock) => {
      peer.socket.removeAllListeners('data').pause();
      connection.socket.write(BIG);
      const controller = new AbortController();
      const failure = failureOf(connection.request(hello, { signal: controller.signal }));
      controller.abort();
      await failure;
      peer.socket.resume();
      await within('drained', connection.drained());
      clock.tick(80);
      const second = failureOf(connection.request(hello, { timeoutMs: 1 }));
      clock.tick(1);
      assert.equal((await second).code, 'ERR_MUX_TIMEOUT');
      assert.equal(connection.isBroken, false);
    }));

  it('keeps nobody waiting when the connection ends', () =>
    withConnection({}, async (connection, peer) => {
      peer.socket.pause();
      const failures = [BIG, hello, hello].map((payload) => failureOf(connection.request(payload)));
      const drained = connection.drained();
      peer.socket.resetAndDestroy();
      for (const failure of failures) assert.equal((await failure).code, 'ERR_MUX_CONNECTION');
      await within('drained', drained);
      await within('drained', connection.drained());
      assert.equal(connection.isBackedUp, false);
    }));
});
