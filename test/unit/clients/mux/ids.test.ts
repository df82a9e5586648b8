import assert from 'node:assert/strict';
import { lengthPrefixed, MuxIdError } from '../../../../lib/clients/mux/index.js';
import { RequestIds } from '../../../../lib/clients/mux/request-ids.js';
import { InvalidOptionError } from '../../../../lib/pool/errors.js';
import { failureOf } from '../../../support/failure-of.js';
import { waitFor } from '../../../support/wait-for.js';
import { frame, withConnection } from './fixture.js';

const ONE_BYTE = lengthPrefixed({ idBytes: 1, lengthBytes: 4, endian: 'LE' });
const hello = Buffer.from('hello');

describe('the ids of a multiplexed connection', () => {
  it('start over at the end of their range and skip those still in flight', () =>
    withConnection({ codec: ONE_BYTE }, async (connection, peer) => {
      const slow = connection.request(Buffer.from('slow'));
      for (let round = 0; round < 600; round++) {
        const answer = connection.request(Buffer.from(`${round}`));
        const request = (await peer.requests(round + 2))[round + 1]!;
        assert.notEqual(request.id, peer.received[0]!.id);
        peer.answer(request.id, request.payload);
        assert.equal(String(await answer), `${round}`);
      }
      peer.answer(peer.received[0]!.id, 'slow at last');
      assert.equal(String(await slow), 'slow at last');
    }));

  it('can all be in flight; one more request is refused, and works when one is answered', () =>
    withConnection({ codec: ONE_BYTE }, async (connection, peer) => {
      const answers = Array.from({ length: 256 }, (_, i) => connection.request(Buffer.from(`${i}`)));
      const error = await failureOf(connection.request(hello));
      assert.ok(error instanceof MuxIdError);
      assert.equal(error.code, 'ERR_MUX_NO_FREE_ID');
      assert.match(error.message, /256 requests in flight, 0 given up/);
      const requests = await peer.requests(256);
      peer.answer(requests[100]!.id, 'hundred');
      assert.equal(String(await answers[100]), 'hundred');
      const oneMore = connection.request(hello);
      assert.equal((await peer.requests(257))[256]!.id, requests[100]!.id);
      for (const { id } of [...requests.slice(0, 100), ...requests.slice(101), peer.received[256]!]) {
        peer.answer(id, 'ok');
      }
      await Promise.all([...answers, oneMore]);
    }));

  it('of requests given up are not used again until their answers have come', () =>
    withConnection({ codec: ONE_BYTE }, async (connection, peer) => {
      await failureOf(connection.request(hello, { timeoutMs: 1 }));
      const [givenUp] = await peer.requests(1);
      const answers = Array.from({ length: 255 }, () => connection.request(hello));
      const requests = await peer.requests(256);
      assert.ok(requests.slice(1).every(({ id }) => id !== givenUp!.id));
      assert.equal((await failureOf(connection.request(hello))).code, 'ERR_MUX_NO_FREE_ID');
      peer.answer(givenUp!.id, 'late');
      await waitFor('the late answer is dropped', () => connection.stats().lateAnswers === 1);
      const next = connection.request(hello);
      assert.equal((await peer.requests(257))[256]!.id, givenUp!.id);
      for (const { id } of peer.received.slice(1)) peer.answer(id, 'ok');
      await Promise.all([...answers, next]);
    }));

  it('held by requests that were never answered end the connection when they are most', () =>
    withConnection({ codec: ONE_BYTE }, async (connection) => {
      const silence = Array.from({ length: 256 }, () =>
        failureOf(connection.request(hello, { timeoutMs: 1 })),
      );
      await Promise.all(silence);
      const error = await failureOf(connection.request(hello));
      assert.equal(error.code, 'ERR_MUX_CONNECTION');
      assert.match(error.message, /256 requests were never answered and hold their ids/);
      assert.ok(connection.isBroken);
    }));

  it('of requests given up are remembered up to a limit, the newest', () => {
    const ids = new RequestIds(2n ** 64n - 1n, new Map());
    for (let id = 1n; id <= 65_537n; id++) ids.abandon(id);
    assert.equal(ids.abandoned, 65_536);
    assert.equal(ids.isTaken(1n), false);
    assert.equal(ids.reclaim(2n), true);
  });

  it('begin at 1, and 0 is used when they start over', () => {
    assert.equal(new RequestIds(2n ** 64n - 1n, new Map()).next(), 1n);
    const small = new RequestIds(2n, new Map([[1n, 0]]));
    assert.deepEqual([small.next(), small.next(), small.next()], [2n, 0n, 2n]);
  });
});

describe('putRequest', () => {
  it('gives the answer to a frame that the caller writes himself', () =>
    withConnection({}, async (connection, peer) => {
      const id = 2n ** 64n - 1n;
      const answer = connection.putRequest(id);
      connection.socket.write(frame(id, 'by hand'));
      const [request] = await peer.requests(1);
      assert.deepEqual([request!.id, String(request!.payload)], [id, 'by hand']);
      peer.answer(id, 'by return');
      assert.equal(String(await answer), 'by return');
    }));

  it('goes together with request, which leaves its ids alone', () =>
    withConnection({}, async (connection, peer) => {
      const byHand = connection.putRequest(1n);
      const answer = connection.request(hello);
      const [request] = await peer.requests(1);
      assert.equal(request!.id, 2n);
      peer.answer(2n, 'two');
      peer.answer(1n, 'one');
      assert.deepEqual([String(await byHand), String(await answer)], ['one', 'two']);
    }));

  it('takes an id that nextId gives, and safe integers', () =>
    withConnection({}, async (connection, peer) => {
      const id = connection.nextId();
      assert.notEqual(connection.nextId(), id);
      const answers = [connection.putRequest(id), connection.putRequest(4_000)];
      peer.answer(4_000n, 'b');
      peer.answer(id, 'a');
      assert.deepEqual((await Promise.all(answers)).map(String), ['a', 'b']);
    }));

  it('refuses an id that is in flight, and leaves the one in flight alone', () =>
    withConnection({}, async (connection, peer) => {
      const first = connection.putRequest(5n);
      const error = await failureOf(connection.putRequest(5));
      assert.ok(error instanceof MuxIdError);
      assert.equal(error.code, 'ERR_MUX_ID_IN_USE');
      assert.match(error.message, /request 5 to 127\.0\.0\.1:\d+ is in flight/);
      peer.answer(5n, 'five');
      assert.equal(String(await first), 'five');
      const again = connection.putRequest(5n);
      peer.answer(5n, 'five again');
      assert.equal(String(await again), 'five again');
    }));

  it('refuses an id that was given up until its answer has come', () =>
    withConnection({}, async (connection, peer) => {
      await failureOf(connection.putRequest(5n, { timeoutMs: 1 }));
      const error = await failureOf(connection.putRequest(5n));
      assert.equal(error.code, 'ERR_MUX_ID_IN_USE');
      assert.match(error.message, /given up, but may still be answered/);
      peer.answer(5n, 'late');
      await waitFor('the late answer is dropped', () => connection.stats().lateAnswers === 1);
      const again = connection.putRequest(5n);
      peer.answer(5n, 'in time');
      assert.equal(String(await again), 'in time');
    }));

  for (const id of [-1n, 256n, -1, 1.5, Number.NaN, 2 ** 53, '1', undefined, null]) {
    it(`refuses the id ${String(id)} (${typeof id}) when ids have one byte`, () =>
      withConnection({ codec: ONE_BYTE }, async (connection) => {
        const error = await failureOf(connection.putRequest(id as never));
        assert.ok(error instanceof InvalidOptionError);
        assert.match(error.message, /'id' must be .* from 0 to 255/);
        assert.equal(connection.stats().requests, 0);
      }));
  }
});
