import assert from 'node:assert/strict';
import { type HedgeOptions, hedge, MiddlewareError } from '../../../lib/middleware/index.js';
import type { Node } from '../../../lib/pool/node.js';
import { chainOf, fakeCall, fakeNode, rejection, withClock } from './call-fixture.js';

type Clock = Parameters<Parameters<typeof withClock>[0]>[0];

/** One attempt that lost: when its signal aborted, counted from the start of its call, and why. */
interface Loss {
  readonly afterMs: number;
  readonly code: string;
}

/** Calls whose first attempt goes to one node, which answers as told, and whose second one is answered at once. */
function hedgedCalls(clock: Clock, over: Partial<HedgeOptions> = {}) {
  const first = fakeNode('first');
  const second = fakeNode('second');
  const run = chainOf(hedge({ delayMs: 20, budget: false, ...over }));
  const losses: Loss[] = [];
  const start = (answer: (node: Node) => Promise<unknown>) => {
    const startedAt = performance.now();
    let attempts = 0;
    return run((view) => {
      view.node = attempts++ === 0 ? first : second;
      if (view.node === second) return 'second';
      view.signal!.addEventListener('abort', () => {
        const { code } = view.signal!.reason as { code: string };
        losses.push({ afterMs: Math.round(performance.now() - startedAt), code });
      });
      return answer(first);
    }, fakeCall());
  };
  /** So many calls, one after the other, each given `spanMs`. */
  const inTurn = async (count: number, spanMs: number, answer: (node: Node) => Promise<unknown>) => {
    for (let i = 0; i < count; i++) {
      const call = start(answer);
      await clock.tickAsync(spanMs);
      await call;
    }
  };
  return { losses, start, inTurn };
}

const mute = () => new Promise<never>(() => {});
const after = (ms: number) => () => new Promise((resolve) => setTimeout(resolve, ms));
const atOnce: Loss = { afterMs: 20, code: 'ERR_MIDDLEWARE' };
const silent: Loss = { afterMs: 220, code: 'ERR_CALL_TIMEOUT' };

describe('hedge and a node that does not answer', () => {
  it('blames a node that has lost three times and then stays silent for 10 delays after the answer', () =>
    withClock(async (clock) => {
      const { losses, inTurn } = hedgedCalls(clock);
      await inTurn(5, 1_000, mute);
      assert.deepEqual(losses, [atOnce, atOnce, atOnce, silent, silent]);
    }));

  it('answers the caller at once all the same', () =>
    withClock(async (clock) => {
      const { start } = hedgedCalls(clock);
      for (let i = 0; i < 5; i++) {
        const call = start(mute);
        await clock.tickAsync(20);
        assert.equal(await call, 'second');
      }
      await clock.tickAsync(1_000);
    }));

  it('lets one attempt at a time run on', () =>
    withClock(async (clock) => {
      const { losses, inTurn } = hedgedCalls(clock);
      await inTurn(8, 25, mute);
      assert.deepEqual(losses, Array(7).fill(atOnce));
      await clock.tickAsync(1_000);
      assert.deepEqual(losses.at(-1), silent);
    }));

  it('never blames a node that is merely slower', () =>
    withClock(async (clock) => {
      const { losses, inTurn } = hedgedCalls(clock);
      await inTurn(40, 300, after(150));
      assert.ok(losses.every(({ code }) => code === 'ERR_MIDDLEWARE'));
      assert.equal(losses.length, 30, 'every fourth one is left to answer');
    }));

  it('counts anew after an answer or an error of its own', () =>
    withClock(async (clock) => {
      const { losses, start, inTurn } = hedgedCalls(clock);
      await inTurn(3, 100, mute);
      await start(async () => 'first');
      await inTurn(3, 100, mute);
      await rejection(start(() => Promise.reject(new Error('down'))));
      await inTurn(3, 100, mute);
      assert.deepEqual(losses, Array(9).fill(atOnce));
    }));

  it('waits for silentAfterMs, at least for 100 ms unless told otherwise', () =>
    withClock(async (clock) => {
      for (const [options, afterMs] of [
        [{ delayMs: 20, silentAfterMs: 30 }, 50],
        [{ delayMs: 1 }, 101],
        [{ delayMs: 0 }, 100],
      ] as const) {
        const { losses, inTurn } = hedgedCalls(clock, options);
        await inTurn(4, 1_000, mute);
        assert.deepEqual(losses.at(-1), { afterMs, code: 'ERR_CALL_TIMEOUT' });
      }
    }));

  it('never does so with silentAfterMs: Infinity', () =>
    withClock(async (clock) => {
      const { losses, inTurn } = hedgedCalls(clock, { silentAfterMs: Infinity });
      await inTurn(10, 1_000, mute);
      assert.deepEqual(losses, Array(10).fill(atOnce));
    }));

  it('takes an answer of the node itself for one, where both attempts went there', () =>
    withClock(async (clock) => {
      const node = fakeNode();
      const run = chainOf(hedge({ delayMs: 20, budget: false }));
      for (let i = 0; i < 8; i++) {
        let attempts = 0;
        let reason: unknown;
        const call = run((view) => {
          view.node = node;
          if (attempts++ > 0) return 'second';
          view.signal!.addEventListener('abort', (event) => {
            reason = (event.target as AbortSignal).reason;
          });
          return mute();
        });
        await clock.tickAsync(20);
        await call;
        assert.ok(reason instanceof MiddlewareError);
      }
    }));
});
