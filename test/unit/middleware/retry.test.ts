import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { describe, it } from 'mocha';
import {
  CallTimeoutError,
  MiddlewareError,
  type RetryOptions,
  retry,
  timeout,
} from '../../../lib/middleware/index.js';
import { PoolClosedError } from '../../../lib/pool/errors.js';
import { chainOf, fakeCall, getEventListeners, rejection, withClock } from './call-fixture.js';

/** Fails `failures` times, then answers; counts the attempts. */
function flaky(failures: number, error: unknown = new Error('down')) {
  const run = async () => {
    run.attempts++;
    if (run.attempts <= failures) throw error;
    return 'answer';
  };
  run.attempts = 0;
  return run;
}

const soon: RetryOptions = { delayMs: 0 };

describe('retry', () => {
  it('runs a failed call again until it succeeds', () =>
    withClock(async (clock) => {
      const call = flaky(2);
      const done = chainOf(retry({ ...soon, retries: 2 }))(call);
      await clock.runAllAsync();
      assert.equal(await done, 'answer');
      assert.equal(call.attempts, 3);
    }));

  it('rejects with the last attempt’s error once the retries are used up', () =>
    withClock(async (clock) => {
      let n = 0;
      const failed = rejection(
        chainOf(retry({ ...soon, retries: 3 }))(async () => {
          throw new Error(`failure ${++n}`);
        }),
      );
      await clock.runAllAsync();
      assert.equal(((await failed) as Error).message, 'failure 4');
    }));

  it('makes two retries and waits up to 50 ms before the first unless told otherwise', () =>
    withClock(async (clock) => {
      const call = flaky(9);
      const failed = rejection(chainOf(retry({ random: () => 1 }))(call));
      await clock.tickAsync(49);
      assert.equal(call.attempts, 1);
      await clock.tickAsync(1);
      assert.equal(call.attempts, 2);
      await clock.tickAsync(100);
      assert.equal(call.attempts, 3);
      await failed;
    }));

  it('never retries with retries: 0', () =>
    withClock(async () => {
      const call = flaky(1);
      await rejection(chainOf(retry({ retries: 0 }))(call));
      assert.equal(call.attempts, 1);
    }));

  it('doubles the pause up to maxDelayMs and draws it between 0 and that', () =>
    withClock(async (clock) => {
      const draws = [1, 0.5, 0, 1, 1];
      const startedAt: number[] = [];
      const run = chainOf(retry({ retries: 5, delayMs: 100, maxDelayMs: 700, random: () => draws.shift()! }));
      const failed = rejection(
        run(async () => {
          startedAt.push(performance.now());
          throw new Error('down');
        }),
      );
      await clock.runAllAsync();
      await failed;
      const pauses = startedAt.slice(1).map((at, i) => Math.round(at - startedAt[i]!));
      assert.deepEqual(pauses, [100, 100, 0, 700, 700]);
    }));

  it('retries only what isRetryable allows, and tells it the call', () =>
    withClock(async (clock) => {
      const asked: unknown[] = [];
      const options: RetryOptions = {
        ...soon,
        isRetryable: (error, call) => {
          asked.push([error, call.method]);
          return error === 'soft';
        },
      };
      const run = chainOf(retry(options));
      const soft = flaky(1, 'soft');
      const done = run(soft, fakeCall({ method: 'get' }));
      await clock.runAllAsync();
      assert.equal(await done, 'answer');

      const hard = flaky(1, 'hard');
      assert.equal(await rejection(run(hard, fakeCall({ method: 'put' }))), 'hard');
      assert.equal(hard.attempts, 1);
      assert.deepEqual(asked, [
        ['soft', 'get'],
        ['hard', 'put'],
      ]);
    }));

  for (const [what, isRetryable, said] of [
    ['throws', () => assert.fail('a bug'), /a bug/],
    ['gives a promise', async () => true, /isRetryable must answer at once, got a promise/],
    ['gives a promise that rejects', () => Promise.reject(new Error('x')), /isRetryable must answer at once/],
  ] as const) {
    it(`does not retry when isRetryable ${what}: the call rejects with its own error, and a warning tells`, () =>
      withClock(async () => {
        const warnings: string[] = [];
        const note = (warning: Error) => void warnings.push(warning.message);
        process.on('warning', note);
        try {
          const call = flaky(1);
          const options = { ...soon, isRetryable } as unknown as RetryOptions;
          assert.equal(((await rejection(chainOf(retry(options))(call))) as Error).message, 'down');
          assert.equal(call.attempts, 1);
          await new Promise((resolve) => process.nextTick(resolve));
          assert.match(warnings[0]!, said);
        } finally {
          process.off('warning', note);
        }
      }));
  }

  it('leaves a middleware’s refusal alone unless isRetryable allows it', () =>
    withClock(async (clock) => {
      const refusal = new MiddlewareError('rate limit');
      const call = flaky(1, refusal);
      assert.equal(await rejection(chainOf(retry(soon))(call)), refusal);

      const allowed = flaky(1, refusal);
      const done = chainOf(retry({ ...soon, isRetryable: () => true }))(allowed);
      await clock.runAllAsync();
      assert.equal(await done, 'answer');
    }));

  it('never retries a closed pool, whatever isRetryable says', () =>
    withClock(async () => {
      const closed = flaky(1, new PoolClosedError('p'));
      await rejection(chainOf(retry({ ...soon, isRetryable: () => true }))(closed));
      assert.equal(closed.attempts, 1);
    }));

  it('never retries a call that its caller gave up', () =>
    withClock(async () => {
      const controller = new AbortController();
      let attempts = 0;
      const isRetryable = () => assert.fail('nobody is asked');
      const failed = chainOf(retry({ ...soon, isRetryable }))(
        async () => {
          attempts++;
          controller.abort(new Error('enough'));
          throw new Error('its own error');
        },
        fakeCall({ signal: controller.signal }),
      );
      assert.equal(((await rejection(failed)) as Error).message, 'its own error');
      assert.equal(attempts, 1);
    }));

  it('rejects in the middle of a pause as soon as the signal aborts, and leaves nothing behind', () =>
    withClock(async (clock) => {
      const controller = new AbortController();
      const { signal } = controller;
      const call = flaky(9);
      const failed = rejection(
        chainOf(retry({ delayMs: 5_000, random: () => 1 }))(call, fakeCall({ signal })),
      );
      await clock.tickAsync(1_000);
      assert.equal(getEventListeners(signal, 'abort').length, 1);

      const reason = new Error('enough');
      controller.abort(reason);

      assert.equal(await failed, reason);
      assert.equal(call.attempts, 1);
      assert.equal(getEventListeners(signal, 'abort').length, 0);
    }));

  it('leaves no listener on the signal after a pause', () =>
    withClock(async (clock) => {
      const { signal } = new AbortController();
      const done = chainOf(retry(soon))(flaky(1), fakeCall({ signal }));
      await clock.runAllAsync();
      await done;
      assert.equal(getEventListeners(signal, 'abort').length, 0);
    }));

  it('retries an attempt that a timeout inside of it cut off', () =>
    withClock(async (clock) => {
      let attempts = 0;
      const run = chainOf(retry(soon), timeout({ timeoutMs: 10 }));
      const done = run(() => (++attempts === 1 ? new Promise(() => {}) : 'second'));
      await clock.runAllAsync();
      assert.equal(await done, 'second');
    }));

  it('stops when a timeout outside of it has fired', () =>
    withClock(async (clock) => {
      const call = flaky(9);
      const run = chainOf(timeout({ timeoutMs: 100 }), retry({ retries: 9, delayMs: 80, random: () => 1 }));
      const failed = rejection(run(call));
      await clock.tickAsync(100);
      assert.ok((await failed) instanceof CallTimeoutError);
      assert.equal(call.attempts, 2);
      await clock.tickAsync(10_000);
      assert.equal(call.attempts, 2);
    }));

  it('stops retrying when the budget is spent, and the call fails as it would have', () =>
    withClock(async (clock) => {
      const run = chainOf(retry({ ...soon, retries: 1, budget: { ratio: 0.1, minPerSecond: 0 } }));
      const down = new Error('down');
      let attempts = 0;
      const failures = Promise.all(
        Array.from({ length: 100 }, () =>
          rejection(
            run(async () => {
              attempts++;
              throw down;
            }),
          ),
        ),
      );
      await clock.runAllAsync();
      assert.ok((await failures).every((error) => error === down));
      assert.equal(attempts, 110);
    }));

  it('spends nothing of the budget on errors it would not retry anyway', () =>
    withClock(async (clock) => {
      const run = chainOf(
        retry({ ...soon, budget: { ratio: 0, minPerSecond: 0.1 }, isRetryable: (e) => e === 'soft' }),
      );
      for (let i = 0; i < 5; i++) await rejection(run(flaky(1, 'hard')));
      const done = run(flaky(1, 'soft'));
      await clock.runAllAsync();
      assert.equal(await done, 'answer');
    }));

  it('knows no budget with budget: false', () =>
    withClock(async (clock) => {
      const call = flaky(1100);
      const done = chainOf(retry({ ...soon, retries: 1100, budget: false }))(call);
      await clock.runAllAsync();
      assert.equal(await done, 'answer');
    }));

  for (const [options, option] of [
    [{ retries: -1 }, 'retries'],
    [{ retries: 1.5 }, 'retries'],
    [{ retries: Infinity }, 'retries'],
    [{ delayMs: -1 }, 'delayMs'],
    [{ delayMs: Infinity }, 'delayMs'],
    [{ maxDelayMs: Number.NaN }, 'maxDelayMs'],
    [{ isRetryable: true }, 'isRetryable'],
    [{ budget: true }, 'budget'],
    [{ budget: null }, 'budget'],
    [{ budget: { ratio: -1 } }, 'ratio'],
    [{ random: 0.5 }, 'random'],
    [{ attempts: 3 }, 'attempts'],
    [null, 'options'],
  ] as const) {
    it(`refuses ${inspect(options)}, naming '${option}'`, () => {
      assert.throws(() => retry(options as never), { code: 'ERR_INVALID_OPTION', option });
    });
  }
});
