import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { type Limiter, MiddlewareError, rateLimit } from '../../../lib/middleware/index.js';
import { describeValue } from '../../../lib/pool/errors.js';
import { chainOf, type Deferred, defer, fakeCall, rejection, stateOf, withClock } from './call-fixture.js';

/** A limiter whose answers the test gives, one by one. */
function asked(timeoutMs?: number) {
  const questions: Deferred<number>[] = [];
  const limiter: Limiter = {
    take: () => {
      const question = defer<number>();
      questions.push(question);
      return question.promise;
    },
  };
  const run = chainOf(rateLimit({ limiter, timeoutMs }));
  const started: string[] = [];
  const start = (name: string, signal?: AbortSignal) => run(() => started.push(name), fakeCall({ signal }));
  return { questions, started, start };
}

const tick = () => stateOf(Promise.resolve());

describe('rateLimit with a shared limiter', () => {
  it('asks for several calls at once and serves them in order of arrival, whichever answer comes first', async () => {
    const { questions, started, start } = asked();
    const all = [start('a'), start('b'), start('c')];
    assert.equal(questions.length, 3);
    questions[2]!.resolve(0);
    await tick();
    assert.deepEqual(started, ['a']);
    questions[0]!.resolve(0);
    questions[1]!.resolve(0);
    await Promise.all(all);
    assert.deepEqual(started, ['a', 'b', 'c']);
  });

  it('has at most 16 questions under way', async () => {
    const { questions, started, start } = asked();
    const all = Array.from({ length: 40 }, (_, i) => start(String(i)));
    assert.equal(questions.length, 16);
    for (let i = 0; i < 40; i++) {
      questions[i]!.resolve(0);
      await tick();
    }
    await Promise.all(all);
    assert.equal(questions.length, 40);
    assert.deepEqual(
      started,
      Array.from({ length: 40 }, (_, i) => String(i)),
    );
  });

  it('asks nobody until the limiter said there may be a token again', () =>
    withClock(async (clock) => {
      const { questions, started, start } = asked();
      const all = [start('a')];
      questions[0]!.resolve(300);
      await tick();
      all.push(start('b'));
      assert.equal(questions.length, 1);
      await clock.tickAsync(299);
      assert.equal(questions.length, 1);
      await clock.tickAsync(1);
      assert.equal(questions.length, 3);
      questions[1]!.resolve(0);
      questions[2]!.resolve(200);
      await tick();
      assert.deepEqual(started, ['a']);
      await clock.tickAsync(200);
      questions[3]!.resolve(0);
      await Promise.all(all);
      assert.deepEqual(started, ['a', 'b']);
    }));

  it('refuses a call when the limiter’s next token comes after its time', () =>
    withClock(async (clock) => {
      const { questions, start } = asked(500);
      const early = rejection(start('a'));
      await clock.tickAsync(300);
      const late = start('b');
      questions[0]!.resolve(300);
      assert.ok((await early) instanceof MiddlewareError);
      await clock.tickAsync(300);
      questions[1]!.resolve(0);
      await tick();
      await late;
    }));

  it('refuses those behind the first in line when their time is up', () =>
    withClock(async (clock) => {
      const answers = [0, 100, 0, 100];
      const run = chainOf(rateLimit({ limiter: { take: () => answers.shift() ?? 100 }, timeoutMs: 150 }));
      const calls = ['a', 'b', 'c'].map((name) => run(() => name));
      const refused = rejection(calls[2]!);
      await clock.tickAsync(149);
      assert.deepEqual(await Promise.all(calls.slice(0, 2)), ['a', 'b']);
      await clock.tickAsync(1);
      assert.ok((await refused) instanceof MiddlewareError);
    }));

  it('waits for the answer, but for no token, with timeoutMs: 0', () =>
    withClock(async (clock) => {
      const { questions, started, start } = asked(0);
      const a = start('a');
      const b = rejection(start('b'));
      await clock.tickAsync(10_000);
      questions[0]!.resolve(0);
      await a;
      questions[1]!.resolve(5);
      assert.ok((await b) instanceof MiddlewareError);
      assert.deepEqual(started, ['a']);
    }));

  it('does not wait longer than timeoutMs for a limiter that stays mute', () =>
    withClock(async (clock) => {
      const { start } = asked(200);
      const failed = rejection(start('a'));
      await clock.tickAsync(200);
      assert.match(((await failed) as Error).message, /no token within 200 ms/);
    }));

  it('rejects at once when the caller aborts while the limiter is asked, and gives the token to the next', async () => {
    const { questions, started, start } = asked();
    const controller = new AbortController();
    const a = rejection(start('a', controller.signal));
    const b = start('b');
    controller.abort(new Error('left'));
    assert.equal(((await a) as Error).message, 'left');
    questions[0]!.resolve(0);
    await b;
    assert.deepEqual(started, ['b']);
    questions[1]!.resolve(0);
    await tick();
  });

  it('refuses the call with the limiter’s error as the cause when the limiter fails', async () => {
    const down = new Error('redis is down');
    for (const limiter of [
      { take: () => Promise.reject(down) },
      {
        take: () => {
          throw down;
        },
      },
    ]) {
      const run = chainOf(rateLimit({ limiter }));
      const error = (await rejection(run(() => 1))) as MiddlewareError;
      assert.ok(error instanceof MiddlewareError);
      assert.equal(error.message, 'rate limit: the limiter failed: redis is down');
      assert.equal(error.cause, down);
      await Promise.all([rejection(run(() => 1)), rejection(run(() => 1))]);
    }
  });

  it('recovers as soon as the limiter does', async () => {
    const { questions, started, start } = asked();
    const failed = rejection(start('a'));
    questions[0]!.reject(new Error('down'));
    await failed;
    const b = start('b');
    questions[1]!.resolve(0);
    await b;
    assert.deepEqual(started, ['b']);
  });

  for (const answer of [Number.NaN, -1, '0', true, undefined, null, {}]) {
    it(`refuses the call when the limiter answers ${String(answer)}`, async () => {
      for (const take of [() => answer, async () => answer]) {
        const run = chainOf(rateLimit({ limiter: { take } as unknown as Limiter }));
        const error = (await rejection(run(() => 1))) as Error;
        assert.ok(error instanceof MiddlewareError);
        assert.ok(
          error.message.endsWith(`must answer a number of ms from 0, got ${describeValue(answer)}`),
          error.message,
        );
      }
    });
  }
});
