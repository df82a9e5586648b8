import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { describe, it } from 'mocha';
import {
  type Call,
  type HedgeOptions,
  hedge,
  MiddlewareError,
  timeout,
} from '../../../lib/middleware/index.js';
import {
  chainOf,
  type Deferred,
  defer,
  fakeCall,
  fakeNode,
  getEventListeners,
  rejection,
  stateOf,
  withClock,
} from './call-fixture.js';

interface Attempt {
  readonly view: Call;
  readonly signal: AbortSignal;
  readonly gate: Deferred<unknown>;
}

/** A call whose attempts are settled by the test; each goes to a node of its own, as in a cluster. */
function hedged(options: HedgeOptions, over: Partial<Call> = {}) {
  const attempts: Attempt[] = [];
  const outer = fakeCall(over);
  const result = chainOf(hedge(options))((view) => {
    const gate = defer();
    view.attempt = attempts.length + 1;
    view.node = fakeNode(`n${attempts.length}`);
    view.client = `client ${attempts.length}`;
    attempts.push({ view, signal: view.signal!, gate });
    return gate.promise;
  }, outer);
  return { attempts, outer, result };
}

const aborted = (attempts: Attempt[]) => attempts.map(({ signal }) => signal.aborted);

describe('hedge', () => {
  it('sends a call once when it answers within the delay', () =>
    withClock(async (clock) => {
      const { attempts, result } = hedged({ delayMs: 100 });
      await clock.tickAsync(99);
      attempts[0]!.gate.resolve('first');
      assert.equal(await result, 'first');
      assert.equal(attempts.length, 1);
    }));

  it('sends it again after the delay; the second attempt may win and the first is aborted', () =>
    withClock(async (clock) => {
      const { attempts, outer, result } = hedged({ delayMs: 100 });
      await clock.tickAsync(100);
      assert.equal(attempts.length, 2);
      attempts[1]!.gate.resolve('second');
      assert.equal(await result, 'second');
      assert.deepEqual(aborted(attempts), [true, false]);
      assert.ok(attempts[0]!.signal.reason instanceof MiddlewareError);
      assert.equal(outer.node.id, 'n1');
      assert.equal(outer.client, 'client 1');
    }));

  it('aborts the second attempt when the first one wins, and shows the winner’s node outside', () =>
    withClock(async (clock) => {
      const { attempts, outer, result } = hedged({ delayMs: 100 });
      await clock.tickAsync(150);
      assert.equal(outer.node.id, 'n1');
      attempts[0]!.gate.resolve('first');
      assert.equal(await result, 'first');
      assert.deepEqual(aborted(attempts), [false, true]);
      assert.equal(outer.node.id, 'n0');
      assert.equal(outer.client, 'client 0');
      assert.equal(outer.attempt, 2);
    }));

  it('starts no third attempt', () =>
    withClock(async (clock) => {
      const { attempts, result } = hedged({ delayMs: 10 });
      await clock.tickAsync(10_000);
      assert.equal(attempts.length, 2);
      attempts[0]!.gate.resolve(1);
      await result;
    }));

  it('rejects at once when the first attempt fails before the delay', () =>
    withClock(async () => {
      const { attempts, result } = hedged({ delayMs: 100 });
      const error = new Error('down');
      attempts[0]!.gate.reject(error);
      assert.equal(await rejection(result), error);
      assert.equal(attempts.length, 1);
    }));

  for (const [failing, other] of [
    [0, 1],
    [1, 0],
  ] as const) {
    it(`waits for attempt ${other + 1} when attempt ${failing + 1} fails`, () =>
      withClock(async (clock) => {
        const { attempts, result } = hedged({ delayMs: 100 });
        await clock.tickAsync(100);
        attempts[failing]!.gate.reject(new Error('down'));
        assert.equal(await stateOf(result), 'pending');
        attempts[other]!.gate.resolve('answer');
        assert.equal(await result, 'answer');
      }));

    it(`rejects with the first attempt’s error when attempt ${failing + 1} and then ${other + 1} fails`, () =>
      withClock(async (clock) => {
        const { attempts, outer, result } = hedged({ delayMs: 100 });
        await clock.tickAsync(100);
        attempts[failing]!.gate.reject(new Error(`error ${failing}`));
        await stateOf(result);
        attempts[other]!.gate.reject(new Error(`error ${other}`));
        assert.equal(((await rejection(result)) as Error).message, 'error 0');
        assert.equal(outer.node.id, 'n0');
      }));
  }

  it('gives both attempts up when the caller aborts', () =>
    withClock(async (clock) => {
      const controller = new AbortController();
      const { attempts, outer, result } = hedged({ delayMs: 100 }, { signal: controller.signal });
      await clock.tickAsync(100);
      assert.equal(getEventListeners(controller.signal, 'abort').length, 1);
      const reason = new Error('enough');
      controller.abort(reason);
      assert.equal(await rejection(result), reason);
      assert.deepEqual(aborted(attempts), [true, true]);
      assert.equal(attempts[1]!.signal.reason, reason);
      assert.equal(outer.signal, controller.signal);
      assert.equal(getEventListeners(controller.signal, 'abort').length, 0);
    }));

  it('leaves no listener on the caller’s signal', () =>
    withClock(async () => {
      const { signal } = new AbortController();
      const { attempts, outer, result } = hedged({ delayMs: 100 }, { signal });
      attempts[0]!.gate.resolve(1);
      await result;
      assert.equal(outer.signal, signal);
      assert.equal(getEventListeners(signal, 'abort').length, 0);
    }));

  it('starts no second attempt after the caller’s abort, and ignores what the first does then', () =>
    withClock(async (clock) => {
      const controller = new AbortController();
      const { attempts, result } = hedged({ delayMs: 100 }, { signal: controller.signal });
      const failed = rejection(result);
      controller.abort();
      await failed;
      attempts[0]!.gate.reject(new Error('late: must not surface as an unhandled rejection'));
      await clock.tickAsync(1_000);
      assert.equal(attempts.length, 1);
    }));

  it('ignores what the loser does, a success or a failure', () =>
    withClock(async (clock) => {
      for (const late of ['resolve', 'reject'] as const) {
        const { attempts, result } = hedged({ delayMs: 100 });
        await clock.tickAsync(100);
        attempts[0]!.gate.resolve('first');
        assert.equal(await result, 'first');
        attempts[1]!.gate[late](new Error('late'));
        await clock.tickAsync(0);
      }
    }));

  it('does not start a call whose signal is aborted already', () =>
    withClock(async () => {
      const reason = new Error('gone');
      const { attempts, result } = hedged({ delayMs: 10 }, { signal: AbortSignal.abort(reason) });
      assert.equal(await rejection(result), reason);
      assert.equal(attempts.length, 0);
    }));

  for (const [what, isIdempotent] of [
    ['a list of methods', ['get', 'list']],
    ['a function', (call: Call) => call.method !== 'put' && call.method !== undefined],
  ] as const) {
    it(`sends only idempotent calls twice, told by ${what}`, () =>
      withClock(async (clock) => {
        for (const [method, expected] of [
          ['get', 2],
          ['put', 1],
          [undefined, 1],
        ] as const) {
          const { attempts, result } = hedged({ delayMs: 10, isIdempotent }, { method });
          await clock.tickAsync(10);
          assert.equal(attempts.length, expected, method);
          attempts[0]!.gate.resolve(1);
          await result;
        }
      }));
  }

  it('sends a call once when isIdempotent throws or gives a promise', () =>
    withClock(async (clock) => {
      for (const isIdempotent of [() => assert.fail('a bug'), async () => true]) {
        const { attempts, result } = hedged({ delayMs: 10, isIdempotent } as unknown as HedgeOptions);
        await clock.tickAsync(10);
        assert.equal(attempts.length, 1);
        attempts[0]!.gate.resolve(1);
        assert.equal(await result, 1);
      }
    }));

  it('sends calls once when the budget of extra load is spent', () =>
    withClock(async (clock) => {
      const middleware = hedge({ delayMs: 10, budget: { ratio: 0.1, minPerSecond: 0 } });
      let attempts = 0;
      const gate = defer();
      const all = Array.from({ length: 100 }, () =>
        chainOf(middleware)(() => {
          attempts++;
          return gate.promise;
        }),
      );
      await clock.tickAsync(10);
      assert.equal(attempts, 110);
      gate.resolve(1);
      await Promise.all(all);
    }));

  it('keeps two attempts apart that a timeout inside of it bounds', () =>
    withClock(async (clock) => {
      const run = chainOf(hedge({ delayMs: 60 }), timeout({ timeoutMs: 100 }));
      const signals: AbortSignal[] = [];
      const gate = defer();
      const result = run((view) => {
        signals.push(view.signal!);
        return signals.length === 1 ? new Promise(() => {}) : gate.promise;
      });
      await clock.tickAsync(100);
      assert.deepEqual(
        signals.map((signal) => signal.aborted),
        [true, false],
      );
      gate.resolve('second');
      assert.equal(await result, 'second');
    }));

  it('works with a next that takes no view and throws synchronously', () =>
    withClock(async () => {
      const error = new Error('at once');
      const failed = hedge({ delayMs: 10 })(fakeCall(), () => {
        throw error;
      });
      assert.equal(await rejection(failed), error);
    }));

  for (const [options, option] of [
    [{}, 'delayMs'],
    [{ delayMs: -1 }, 'delayMs'],
    [{ delayMs: Infinity }, 'delayMs'],
    [{ delayMs: 1, isIdempotent: 'get' }, 'isIdempotent'],
    [{ delayMs: 1, isIdempotent: [1] }, 'isIdempotent'],
    [{ delayMs: 1, budget: 0.1 }, 'budget'],
    [{ delayMs: 1, budget: { ratio: 'x' } }, 'ratio'],
    [{ delayMs: 1, silentAfterMs: 0 }, 'silentAfterMs'],
    [{ delayMs: 1, silentAfterMs: '5' }, 'silentAfterMs'],
    [{ delayMs: 1, attempts: 3 }, 'attempts'],
    [undefined, 'options'],
  ] as const) {
    it(`refuses ${inspect(options)}, naming '${option}'`, () => {
      assert.throws(() => hedge(options as never), { code: 'ERR_INVALID_OPTION', option });
    });
  }
});
