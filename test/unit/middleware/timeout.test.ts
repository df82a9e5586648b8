import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { describe, it } from 'mocha';
import { type Call, CallTimeoutError, timeout } from '../../../lib/middleware/index.js';
import { ConnPoolError } from '../../../lib/pool/errors.js';
import {
  chainOf,
  defer,
  fakeCall,
  fakeNode,
  getEventListeners,
  rejection,
  stateOf,
  withClock,
} from './call-fixture.js';

const never = () => new Promise<never>(() => {});

describe('timeout', () => {
  it('passes on what comes in time and leaves no timer', () =>
    withClock(async () => {
      const run = chainOf(timeout({ timeoutMs: 100 }));
      assert.equal(await run(async () => 'quick'), 'quick');
      const error = new Error('quick too');
      assert.equal(await rejection(run(() => Promise.reject(error))), error);
    }));

  it('rejects at the limit with a CallTimeoutError that says which call it was', () =>
    withClock(async (clock) => {
      const call = fakeCall({ method: 'echo', node: fakeNode('b'), attempt: 2 });
      const failed = rejection(chainOf(timeout({ timeoutMs: 100 }))(never, call));

      await clock.tickAsync(99);
      assert.equal(await stateOf(failed), 'pending');
      await clock.tickAsync(1);

      const error = (await failed) as CallTimeoutError;
      assert.ok(error instanceof CallTimeoutError && error instanceof ConnPoolError);
      assert.equal(error.code, 'ERR_CALL_TIMEOUT');
      assert.equal(error.name, 'CallTimeoutError');
      assert.equal(error.message, "'echo' took longer than 100 ms (node 'b', attempt 2)");
      assert.equal(error.timeoutMs, 100);
      assert.equal(error.nodeId, 'b');
    }));

  it('aborts the signal the inside sees, with the same error', () =>
    withClock(async (clock) => {
      let seen: AbortSignal | undefined;
      const failed = rejection(
        chainOf(timeout({ timeoutMs: 100 }))((view) => {
          seen = view.signal;
          return never();
        }),
      );
      await clock.tickAsync(100);
      assert.equal(seen?.aborted, true);
      assert.equal(seen?.reason, await failed);
    }));

  it('aborts call.signal for a next that looks at the call itself', () =>
    withClock(async (clock) => {
      const call = fakeCall();
      let reason: unknown;
      const failed = rejection(
        timeout({ timeoutMs: 50 })(call, () => {
          const { signal } = call;
          signal?.addEventListener('abort', () => {
            reason = signal.reason;
          });
          return never();
        }),
      );
      await clock.tickAsync(50);
      assert.equal(reason, await failed);
    }));

  it('hands the caller’s abort inwards and rejects at once with its reason', () =>
    withClock(async () => {
      const controller = new AbortController();
      const reason = new Error('changed my mind');
      let seen: AbortSignal | undefined;
      const failed = rejection(
        chainOf(timeout({ timeoutMs: 100 }))(
          (view) => {
            seen = view.signal;
            return never();
          },
          fakeCall({ signal: controller.signal }),
        ),
      );
      controller.abort(reason);
      assert.equal(await failed, reason);
      assert.equal(seen?.reason, reason);
    }));

  it('does not start a call whose signal is aborted already', () =>
    withClock(async () => {
      const reason = new Error('too late');
      let called = false;
      const failed = chainOf(timeout({ timeoutMs: 100 }))(
        () => {
          called = true;
        },
        fakeCall({ signal: AbortSignal.abort(reason) }),
      );
      assert.equal(await rejection(failed), reason);
      assert.equal(called, false);
    }));

  it('gives the call its own signal back and leaves no listener on it', () =>
    withClock(async () => {
      const { signal } = new AbortController();
      const call = fakeCall({ signal });
      const gate = defer();
      const done = timeout({ timeoutMs: 100 })(call, () => gate.promise);
      assert.notEqual(call.signal, signal);
      assert.equal(getEventListeners(signal, 'abort').length, 1);
      gate.resolve(1);
      await done;
      assert.equal(call.signal, signal);
      assert.equal(getEventListeners(signal, 'abort').length, 0);
    }));

  it('ignores what the inside does after the time is up', () =>
    withClock(async (clock) => {
      const gate = defer();
      const failed = rejection(chainOf(timeout({ timeoutMs: 10 }))(() => gate.promise));
      await clock.tickAsync(10);
      assert.ok((await failed) instanceof CallTimeoutError);
      gate.reject(new Error('late: must not surface as an unhandled rejection'));
      await clock.tickAsync(0);
    }));

  it('rejects when the inside throws synchronously outside of a chain', () =>
    withClock(async () => {
      const error = new Error('at once');
      const thrown = timeout({ timeoutMs: 10 })(fakeCall(), () => {
        throw error;
      });
      assert.equal(await rejection(thrown), error);
    }));

  it('bounds each of two runs by itself when it stands inside of them', () =>
    withClock(async (clock) => {
      const signals: Call['signal'][] = [];
      const run = chainOf(
        async (_call, next) => {
          const first = next();
          await clock.tickAsync(60);
          const second = next();
          return Promise.allSettled([first, second]);
        },
        timeout({ timeoutMs: 100 }),
      );
      const done = run((view) => {
        signals.push(view.signal);
        return never();
      });
      await clock.tickAsync(99);
      assert.deepEqual(
        signals.map((s) => s?.aborted),
        [true, false],
      );
      await clock.tickAsync(61);
      assert.deepEqual(
        signals.map((s) => s?.aborted),
        [true, true],
      );
      await done;
    }));

  for (const [options, option] of [
    [{ timeoutMs: 0 }, 'timeoutMs'],
    [{ timeoutMs: Infinity }, 'timeoutMs'],
    [{ timeoutMs: '5' }, 'timeoutMs'],
    [{}, 'timeoutMs'],
    [{ timeoutMs: 5, ms: 5 }, 'ms'],
    [undefined, 'options'],
  ] as const) {
    it(`refuses ${inspect(options)}, naming '${option}'`, () => {
      assert.throws(() => timeout(options as never), { code: 'ERR_INVALID_OPTION', option });
    });
  }
});
