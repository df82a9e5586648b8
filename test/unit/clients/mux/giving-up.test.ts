import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { lengthPrefixed, MuxTimeoutError } from '../../../../lib/clients/mux/index.js';
import { InvalidOptionError } from '../../../../lib/pool/errors.js';
import { failureOf } from '../../../support/failure-of.js';
import { waitFor } from '../../../support/wait-for.js';
import { withClock, withConnection } from './fixture.js';

const hello = Buffer.from('hello');

describe('a request that is given up', () => {
  it('for want of time says how long it waited, and leaves the connection in use', () =>
    withClock({}, async (connection, peer, clock) => {
      const failure = failureOf(connection.request(hello, { timeoutMs: 20 }));
      clock.tick(20);
      const error = await failure;
      assert.ok(error instanceof MuxTimeoutError);
      assert.match(error.message, /127\.0\.0\.1:\d+ did not answer within 20 ms/);
      const answer = connection.request(hello);
      const [, second] = await peer.requests(2);
      peer.answer(second!.id, 'fine');
      assert.equal(String(await answer), 'fine');
      const { timeouts, answers } = connection.stats();
      assert.deepEqual({ timeouts, answers }, { timeouts: 1, answers: 1 });
    }));

  it('for want of time waited just that long, whatever else is in flight', () =>
    withClock({}, async (connection, _, clock) => {
      const limits = [80, 20, 50, 20, 110];
      const startedAt = performance.now();
      const waiting = Promise.all(
        limits.map(async (timeoutMs) => {
          await failureOf(connection.request(hello, { timeoutMs }));
          return performance.now() - startedAt;
        }),
      );
      await clock.tickAsync(200);
      assert.deepEqual(await waiting, limits);
    }));

  it('by an abort rejects at once with the reason of the signal and leaves no listener', () =>
    withConnection({}, async (connection, peer) => {
      const controller = new AbortController();
      const reason = new Error('not needed any more');
      const aborted = [1, 2, 3].map(() =>
        failureOf(connection.request(hello, { signal: controller.signal })),
      );
      const kept = connection.request(hello);
      await peer.requests(4);
      assert.equal(getEventListeners(controller.signal, 'abort').length, 1, 'one for all');
      controller.abort(reason);
      for (const failure of aborted) assert.equal(await failure, reason);
      assert.equal(getEventListeners(controller.signal, 'abort').length, 0);
      peer.answer(peer.received[3]!.id, 'kept');
      assert.equal(String(await kept), 'kept');
    }));

  it('before it was made is not sent', () =>
    withConnection({}, async (connection, peer) => {
      const signal = AbortSignal.abort(new Error('already'));
      assert.equal((await failureOf(connection.request(hello, { signal }))).message, 'already');
      assert.equal((await failureOf(connection.putRequest(1n, { signal }))).message, 'already');
      const answer = connection.request(Buffer.from('first'));
      const [request] = await peer.requests(1);
      assert.equal(String(request!.payload), 'first');
      peer.answer(request!.id, 'ok');
      await answer;
    }));

  it('leaves no listener on the signal of one that is answered', () =>
    withConnection({}, async (connection, peer) => {
      const { signal } = new AbortController();
      const answer = connection.request(hello, { signal });
      const [request] = await peer.requests(1);
      peer.answer(request!.id, 'ok');
      await answer;
      assert.equal(getEventListeners(signal, 'abort').length, 0);
    }));
});

describe('the time limit of a request', () => {
  it('is requestTimeoutMs when the request says nothing; the connection is then given up as mute', () => {
    const broken: Error[] = [];
    return withClock(
      { requestTimeoutMs: 30, onBroken: (error) => broken.push(error) },
      async (connection, _, clock) => {
        const others = failureOf(connection.request(hello, { timeoutMs: 10_000 }));
        const failure = failureOf(connection.request(hello));
        clock.tick(30);
        assert.equal((await failure).code, 'ERR_MUX_TIMEOUT');
        const error = await others;
        assert.equal(error.code, 'ERR_MUX_CONNECTION');
        assert.match(error.message, /nothing was heard from the server for 30 ms, with 1 request in flight/);
        assert.ok(error.cause instanceof MuxTimeoutError);
        assert.deepEqual(broken, [error]);
      },
    );
  });

  it('shorter than requestTimeoutMs gives the connection up when the silence adds up', () =>
    withClock({ requestTimeoutMs: 60 }, async (connection, _, clock) => {
      for (let sent = 1; sent <= 6; sent++) {
        assert.equal(connection.isBroken, false);
        const failure = failureOf(connection.request(hello, { timeoutMs: 10 }));
        clock.tick(10);
        assert.equal((await failure).code, 'ERR_MUX_TIMEOUT');
      }
      assert.ok(connection.isBroken);
    }));

  it('of one request does not harm a connection that answers others', () =>
    withClock({ requestTimeoutMs: 60 }, async (connection, peer, clock) => {
      const slow = failureOf(connection.request(Buffer.from('slow')));
      for (let i = 1; i <= 6; i++) {
        const answer = connection.request(hello);
        peer.answer((await peer.requests(i + 1))[i]!.id, 'ok');
        await answer;
        clock.tick(10);
      }
      assert.equal((await slow).code, 'ERR_MUX_TIMEOUT');
      assert.equal(connection.isBroken, false);
    }));

  it('does not count the silence of a connection that owed no answer', () =>
    withClock({ requestTimeoutMs: 60 }, async (connection, peer, clock) => {
      const answer = connection.request(hello);
      peer.answer((await peer.requests(1))[0]!.id, 'ok');
      await answer;
      clock.tick(80);
      const failure = failureOf(connection.request(hello, { timeoutMs: 1 }));
      clock.tick(1);
      assert.equal((await failure).code, 'ERR_MUX_TIMEOUT');
      assert.equal(connection.isBroken, false);
    }));

  it('of 0 is none', () =>
    withClock({ requestTimeoutMs: 10 }, async (connection, peer, clock) => {
      const answer = connection.request(hello, { timeoutMs: 0 });
      const [request] = await peer.requests(1);
      clock.tick(40);
      peer.answer(request!.id, 'at last');
      assert.equal(String(await answer), 'at last');
    }));

  it('keeps one timer for 10,000 requests in flight', () =>
    withConnection({ requestTimeoutMs: 60_000 }, async (connection, peer) => {
      const { setTimeout: original } = globalThis;
      let timers = 0;
      globalThis.setTimeout = ((...args: Parameters<typeof original>) => {
        timers += 1;
        return original(...args);
      }) as typeof original;
      try {
        const answers = Array.from({ length: 10_000 }, () => connection.request(hello));
        assert.equal(timers, 1);
        globalThis.setTimeout = original;
        for (const { id } of await peer.requests(10_000)) peer.answer(id, 'ok');
        await Promise.all(answers);
      } finally {
        globalThis.setTimeout = original;
      }
      await waitFor('all are settled', () => connection.stats().inFlight === 0);
    }));
});

describe('what a request is told', () => {
  const refused: [unknown, unknown, string, RegExp][] = [
    ['text', {}, 'payload', /a Buffer or another Uint8Array/],
    [undefined, {}, 'payload', /undefined/],
    [hello, null, 'options', /an object of signal and timeoutMs/],
    [hello, 5, 'options', /got 5/],
    [hello, { timeoutMs: -1 }, 'timeoutMs', /from 0/],
    [hello, { timeoutMs: '5' }, 'timeoutMs', /string/],
    [hello, { timeoutMs: Number.NaN }, 'timeoutMs', /NaN/],
    [hello, { signal: {} }, 'signal', /an AbortSignal/],
    [hello, { priority: 1 }, 'priority', /no such option.*Known: signal, timeoutMs/],
  ];
  for (const [payload, options, option, message] of refused) {
    it(`is refused by name: ${option} of ${JSON.stringify(options)}`, () =>
      withConnection({}, async (connection) => {
        const error = await failureOf(connection.request(payload as never, options as never));
        assert.ok(error instanceof InvalidOptionError);
        assert.equal(error.option, option);
        assert.match(error.message, message);
        assert.equal(connection.stats().requests, 0);
      }));
  }

  it('is refused when the payload is longer than its length can say', () =>
    withConnection({ codec: lengthPrefixed({ idBytes: 8, lengthBytes: 1 }) }, async (connection, peer) => {
      const error = await failureOf(connection.request(Buffer.alloc(256)));
      assert.ok(error instanceof InvalidOptionError);
      assert.match(error.message, /'payload.length' must be at most 255 for this codec, got 256/);
      const answer = connection.request(Buffer.alloc(255));
      peer.answer((await peer.requests(1))[0]!.id, 'ok');
      await answer;
    }));
});
