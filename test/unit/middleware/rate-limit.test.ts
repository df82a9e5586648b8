import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { describe, it } from 'mocha';
import { MiddlewareError, type RateLimitOptions, rateLimit } from '../../../lib/middleware/index.js';
import { chainOf, fakeCall, getEventListeners, rejection, stateOf, withClock } from './call-fixture.js';

/** Calls that note when they started, in ms since the first. */
function limited(options: RateLimitOptions) {
  const run = chainOf(rateLimit(options));
  const origin = performance.now();
  const started: [string, number][] = [];
  const start = (name: string, signal?: AbortSignal) =>
    run(async () => {
      started.push([name, Math.round(performance.now() - origin)]);
      return name;
    }, fakeCall({ signal }));
  return { start, started };
}

describe('rateLimit', () => {
  it('starts a burst at once and then one call per token, in order of arrival', () =>
    withClock(async (clock) => {
      const { start, started } = limited({ perSecond: 10, burst: 3 });
      const all = ['a', 'b', 'c', 'd', 'e'].map((name) => start(name));
      await clock.runAllAsync();
      assert.deepEqual(await Promise.all(all), ['a', 'b', 'c', 'd', 'e']);
      assert.deepEqual(started, [
        ['a', 0],
        ['b', 0],
        ['c', 0],
        ['d', 100],
        ['e', 200],
      ]);
    }));

  it('keeps to perSecond in the long run, also for fractions', () =>
    withClock(async (clock) => {
      const { start, started } = limited({ perSecond: 0.5, burst: 1, timeoutMs: Infinity });
      const all = Array.from({ length: 4 }, (_, i) => start(String(i)));
      await clock.runAllAsync();
      await Promise.all(all);
      assert.deepEqual(
        started.map(([, at]) => at),
        [0, 2_000, 4_000, 6_000],
      );
    }));

  it('fills the bucket up to burst and no further in a quiet time', () =>
    withClock(async (clock) => {
      const { start, started } = limited({ perSecond: 100, burst: 2, timeoutMs: 0 });
      await clock.tickAsync(60_000);
      const results = await Promise.allSettled([start('a'), start('b'), start('c')]);
      assert.equal(started.length, 2);
      assert.equal(results[2]!.status, 'rejected');
    }));

  it('takes perSecond, rounded up, for the burst when none is given', () =>
    withClock(async () => {
      const { start, started } = limited({ perSecond: 2.5, timeoutMs: 0 });
      await Promise.allSettled(['a', 'b', 'c', 'd'].map((name) => start(name)));
      assert.equal(started.length, 3);
    }));

  it('refuses at once with timeoutMs: 0, with a MiddlewareError', () =>
    withClock(async () => {
      const { start } = limited({ perSecond: 1, burst: 1, timeoutMs: 0 });
      await start('a');
      const error = (await rejection(start('b'))) as MiddlewareError;
      assert.ok(error instanceof MiddlewareError);
      assert.equal(error.code, 'ERR_MIDDLEWARE');
      assert.equal(error.message, 'rate limit: no token is free, and timeoutMs 0 never waits');
    }));

  it('refuses a call whose token cannot come in time at once, not when its time is up', () =>
    withClock(async () => {
      const { start } = limited({ perSecond: 1, burst: 1, timeoutMs: 500 });
      await start('a');
      const failed = start('b');
      assert.equal(await stateOf(failed), 'rejected');
      assert.match(((await rejection(failed)) as Error).message, /no token within 500 ms/);
    }));

  it('refuses at once, too, those who stand too far back in line for their token to come in time', () =>
    withClock(async (clock) => {
      const { start, started } = limited({ perSecond: 10, burst: 1, timeoutMs: 250 });
      const first = ['a', 'b', 'c'].map((name) => start(name));
      const late = ['d', 'e'].map((name) => start(name));
      for (const call of late) {
        assert.equal(await stateOf(call), 'rejected');
        assert.match(((await rejection(call)) as Error).message, /no token within 250 ms \(2 calls wait\)/);
      }
      await clock.tickAsync(60);
      const inTime = start('f');
      await clock.runAllAsync();
      await Promise.all([...first, inTime]);
      assert.deepEqual(started, [
        ['a', 0],
        ['b', 100],
        ['c', 200],
        ['f', 300],
      ]);
    }));

  it('waits up to 30 seconds unless told otherwise', () =>
    withClock(async (clock) => {
      const { start } = limited({ perSecond: 1 / 29, burst: 1 });
      await start('a');
      const b = start('b');
      await clock.tickAsync(29_001);
      assert.equal(await b, 'b');
      const slow = limited({ perSecond: 1 / 31, burst: 1 });
      await slow.start('a');
      assert.equal(await stateOf(slow.start('b')), 'rejected');
    }));

  it('lets a call that aborts leave the line at once and those behind it move up', () =>
    withClock(async (clock) => {
      const { start, started } = limited({ perSecond: 10, burst: 1 });
      const controller = new AbortController();
      await start('a');
      const b = rejection(start('b', controller.signal));
      const c = start('c');
      await clock.tickAsync(50);
      const reason = new Error('left');
      controller.abort(reason);
      assert.equal(await b, reason);
      await clock.runAllAsync();
      assert.equal(await c, 'c');
      assert.deepEqual(started.at(-1), ['c', 100]);
      assert.equal(getEventListeners(controller.signal, 'abort').length, 0);
    }));

  it('leaves no timer when the last one in line aborts', () =>
    withClock(async () => {
      const { start } = limited({ perSecond: 1, burst: 1 });
      const controller = new AbortController();
      await start('a');
      const b = rejection(start('b', controller.signal));
      controller.abort();
      await b;
    }));

  it('takes no token for a call whose signal is aborted already', () =>
    withClock(async () => {
      const { start } = limited({ perSecond: 1, burst: 1, timeoutMs: 0 });
      const reason = new Error('gone');
      assert.equal(await rejection(start('a', AbortSignal.abort(reason))), reason);
      assert.equal(await start('b'), 'b');
    }));

  it('is not thrown off by a wall clock that jumps', () =>
    withClock(async (clock) => {
      const { start } = limited({ perSecond: 1, burst: 1, timeoutMs: 0 });
      await start('a');
      clock.setSystemTime(Date.now() + 3_600_000);
      assert.ok((await rejection(start('b'))) instanceof MiddlewareError);
    }));

  for (const [options, option] of [
    [{}, 'perSecond'],
    [{ burst: 5 }, 'perSecond'],
    [{ perSecond: 0 }, 'perSecond'],
    [{ perSecond: Infinity }, 'perSecond'],
    [{ perSecond: 1e308 }, 'perSecond'],
    [{ perSecond: 2 ** 53 }, 'perSecond'],
    [{ perSecond: '10' }, 'perSecond'],
    [{ perSecond: 10, burst: 0 }, 'burst'],
    [{ perSecond: 10, burst: 1.5 }, 'burst'],
    [{ perSecond: 10, timeoutMs: -1 }, 'timeoutMs'],
    [{ perSecond: 10, timeoutMs: Number.NaN }, 'timeoutMs'],
    [{ perSecond: 10, rate: 1 }, 'rate'],
    [{ limiter: {} }, 'limiter'],
    [{ limiter: null }, 'limiter'],
    [{ limiter: { take: () => 0 }, perSecond: 10 }, 'perSecond'],
    [{ limiter: { take: () => 0 }, burst: 10 }, 'burst'],
    [undefined, 'options'],
  ] as const) {
    it(`refuses ${inspect(options)}, naming '${option}'`, () => {
      assert.throws(() => rateLimit(options as never), { code: 'ERR_INVALID_OPTION', option });
    });
  }
});
