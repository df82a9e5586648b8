import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { lengthPrefixed, MuxTimeoutError } from '../../../../lib/clients/mux/index.js';
import { InvalidOptionError } from '../../../../lib/pool/errors.js';
import { failureOf } from '../../../support/failure-of.js';
import { waitFor } from '../../../support/wait-for.js';
import { withConnection } from './fixture.js';

const hello = Buffer.from('hello');

describe('a request that is given up', () => {
  it('for want of time says how long it waited, and leaves the connection in use', () =>
    withConnection({}, async (connection, peer) => {
      const error = await failureOf(connection.request(hello, { timeoutMs: 20 }));
      assert.ok(error instanceof MuxTimeoutError);
      assert.match(error.message, /127\.0\.0\.1:\d+ did not answer within 20 ms/);
      const answer = connection.request(hello);
      const [, second] = await peer.requests(2);
      peer.answer(second!.id, 'fine');
      assert.equal(String(await answer), 'fine');
      const { timeouts, answers } = connection.stats();
      assert.deepEqual({ timeouts, answers }, { timeouts: 1, answers: 1 });
    }));

  it('for want of time waited that long and not much longer, whatever else is in flight', () =>
    withConnection({}, async (connection) => {
      const limits = [80, 20, 50, 20, 110];
      const startedAt = performance.now();
      const waited = await Promise.all(
        limits.map(async (timeoutMs) => {
          await failureOf(connection.request(hello, { timeoutMs }));
          return performance.now() - startedAt;
        }),
      );
      for (const [i, ms] of waited.entries()) {
        assert.ok(ms >= limits[i]! && ms < limits[i]! + 400, `${limits[i]} ms took ${ms} ms`);
      }
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
    return withConnection(
      { requestTimeoutMs: 30, onBroken: (error) => broken.push(error) },
      async (connection) => {
        const others = failureOf(connection.request(hello, { timeoutMs: 10_000 }));
        assert.equal((await failureOf(connection.request(hello))).code, 'ERR_MUX_TIMEOUT');
        const error = await others;
        assert.equal(error.code, 'ERR_MUX_CONNECTION');
        assert.match(error.message, /nothing was heard from the server for 30 ms, with 1 request in flight/);
        assert.ok(error.cause instanceof MuxTimeoutError);
        assert.deepEqual(broken, [error]);
      },
    );
  });

  it('shorter than requestTimeoutMs gives the connection up when the silence adds up', () =>
    withConnection({ requestTimeoutMs: 60 }, async (connection) => {
      let sent = 0;
      while (!connection.isBroken) {
        sent += 1;
        const error = await failureOf(connection.request(hello, { timeoutMs: 10 }));
        assert.equal(error.code, 'ERR_MUX_TIMEOUT');
      }
      assert.ok(sent > 1 && sent <= 6, `${sent} requests`);
    }));

  it('of one request does not harm a connection that answers others', () =>
    withConnection({ requestTimeoutMs: 60 }, async (connection, peer) => {
      const slow = failureOf(connection.request(Buffer.from('slow')));
      let isOver = false;
      void slow.then(() => {
        isOver = true;
      });
      for (let i = 1; !isOver; i++) {
        const answer = connection.request(hello);
        peer.answer((await peer.requests(i + 1))[i]!.id, 'ok');
        await answer;
      }
      assert.equal((await slow).code, 'ERR_MUX_TIMEOUT');
      assert.equal(connection.isBroken, false);
    }));

  it('does not count the silence of a connection that owed no answer', () =>
    withConnection({ requestTimeoutMs: 60 }, async (connection, peer) => {
      const answer = connection.request(hello);
      peer.answer((await peer.requests(1))[0]!.id, 'ok');
      await answer;
      await new Promise((resolve) => setTimeout(resolve, 80));
      await failureOf(connection.request(hello, { timeoutMs: 1 }));
      assert.equal(connection.isBroken, false);
    }));

  it('of 0 is none', () =>
    withConnection({ requestTimeoutMs: 10 }, async (connection, peer) => {
      const answer = connection.request(hello, { timeoutMs: 0 });
      const [request] = await peer.requests(1);
      await new Promise((resolve) => setTimeout(resolve, 40));
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
