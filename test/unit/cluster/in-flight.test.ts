import assert from 'node:assert/strict';
import { type Clock, install } from '@sinonjs/fake-timers';
import { timeout } from '../../../lib/middleware/timeout.js';
import { fakeCluster, settle } from './fake-cluster.js';
import { type Gate, SLOW_MS } from './fake-source.js';

const GATES: readonly Gate[] = ['ok', 'fail', 'slow', 'never'];
const ENDS = ['nothing', 'abort', 'timeout middleware', 'timeoutMs'] as const;

/** What a call's function does under each gate. */
function functionOf(gate: Gate): () => unknown {
  if (gate === 'ok') return () => 'ok';
  if (gate === 'fail') {
    return () => {
      throw new Error('failed');
    };
  }
  if (gate === 'slow') return () => new Promise((resolve) => setTimeout(resolve, SLOW_MS, 'ok'));
  return () => new Promise(() => {});
}

describe('Calls in flight and connections', () => {
  let clock: Clock;
  beforeEach(() => {
    clock = install();
  });
  afterEach(() => clock.uninstall());

  for (const first of GATES) {
    for (const second of GATES) {
      for (const fn of GATES) {
        for (const end of ENDS) {
          const title = `nodes ${first} and ${second}, function ${fn}, ended by ${end}`;
          // Nothing ends such a call: that is what the other columns are for.
          const hangs = (gate: Gate) => gate === 'never';
          const bounded = end === 'abort' || end === 'timeout middleware';
          if (!bounded && (hangs(fn) || (end === 'nothing' && (hangs(first) || hangs(second))))) continue;

          it(`come back to none and are accounted for once: ${title}`, async () => {
            const { cluster, source, inFlight } = fakeCluster(['a', 'b'], { outlier: {}, slowStartMs: 10 });
            source('a').gate = first;
            source('b').gate = second;
            if (end === 'timeout middleware') cluster.use(timeout({ timeoutMs: 30 }));
            const controller = new AbortController();
            const calls = Array.from({ length: 4 }, () =>
              cluster.do(functionOf(fn), {
                ...(end === 'abort' ? { signal: controller.signal } : {}),
                ...(end === 'timeoutMs' ? { timeoutMs: 30 } : {}),
              }),
            );
            const all = Promise.allSettled(calls);
            await settle();
            if (end === 'abort') controller.abort(new Error('enough'));
            await clock.tickAsync(10 * SLOW_MS);
            await all;
            assert.equal(inFlight(), 0);
            assert.equal(cluster.stats().running, 0);
            assert.deepEqual([source('a').lent, source('b').lent], [0, 0]);
            await cluster.close();
            assert.equal(clock.countTimers(), 0);
          });
        }
      }
    }
  }
});
