import assert from 'node:assert/strict';
import { poolSubject } from './pool-subject.js';
import { describeFailure, type RunId, runSeed } from './runner.js';
import { Totals } from './totals.js';

const SHORT = { seeds: 2_000, steps: 30 };
const LONG = { seeds: 20, steps: 2_000 };

describe('a pool on simulated time', () => {
  const totals = new Totals();

  it(`keeps every invariant in ${SHORT.seeds} short lives`, async function () {
    this.timeout(300_000);
    for (let seed = 1; seed <= SHORT.seeds; seed++) await hold({ seed, steps: SHORT.steps }, totals);
  });

  it(`keeps every invariant in ${LONG.seeds} long lives`, async function () {
    this.timeout(300_000);
    for (let seed = 1; seed <= LONG.seeds; seed++) await hold({ seed, steps: LONG.steps }, totals);
  });

  it('was driven through every reason to close and every way a call can end', () => {
    const reasons = ['broken', 'heartbeat', 'idle', 'lifetime', 'uses', 'excess', 'invalidated', 'shutdown'];
    const errors = [
      'abort',
      'DialError',
      'PoolClosedError',
      'PoolExhaustedError',
      'WaitQueueFullError',
      'WaitTimeoutError',
    ];
    const never = [
      ...reasons.map((reason) => `closed.${reason}`),
      ...errors.map((error) => `errors.${error}`),
      'loans',
      'detached',
      'leaks',
      'warmedUp',
      'configured',
    ].filter((what) => totals.of(what) < 10);
    assert.deepEqual(never, []);
  });
});

async function hold(id: RunId, totals: Totals): Promise<void> {
  const failure = await runSeed(poolSubject, id, (tally) => totals.add(tally));
  if (failure !== undefined) assert.fail(await describeFailure(poolSubject, failure));
}
