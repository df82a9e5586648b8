import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { LoadBudget, loadBudget } from '../../../lib/middleware/load-budget.js';
import { withClock } from './call-fixture.js';

const DEFAULTS = { ratio: 0.2, minPerSecond: 10 };

function withdrawals(budget: Pick<LoadBudget, 'tryWithdraw'>, most = 10_000): number {
  let n = 0;
  while (n < most && budget.tryWithdraw()) n++;
  return n;
}

function deposit(budget: Pick<LoadBudget, 'deposit'>, n: number): void {
  for (let i = 0; i < n; i++) budget.deposit();
}

describe('the budget of retries and hedges', () => {
  it('allows minPerSecond over ten seconds without any call', () =>
    withClock(async () => {
      assert.equal(withdrawals(new LoadBudget({ ratio: 0.2, minPerSecond: 3 })), 30);
    }));

  it('allows exactly the ratio of the calls', () =>
    withClock(async () => {
      const budget = new LoadBudget({ ratio: 0.2, minPerSecond: 0 });
      deposit(budget, 4);
      assert.equal(withdrawals(budget), 0);
      deposit(budget, 1);
      assert.equal(withdrawals(budget), 1);
      deposit(budget, 1000);
      assert.equal(withdrawals(budget), 200);
    }));

  it('forgets calls and extra attempts after ten seconds', () =>
    withClock(async (clock) => {
      const budget = new LoadBudget({ ratio: 1, minPerSecond: 1 });
      deposit(budget, 5);
      assert.equal(withdrawals(budget), 15);
      await clock.tickAsync(9_000);
      assert.equal(withdrawals(budget), 0, 'still within the window');
      await clock.tickAsync(1_000);
      assert.equal(withdrawals(budget), 10, 'only the allowance is back');
      await clock.tickAsync(3_600_000);
      deposit(budget, 2);
      assert.equal(withdrawals(budget), 12, 'a long pause empties every second of the window');
    }));

  it('never allows more than the ratio and the allowance within ten seconds, whatever the order', () =>
    withClock(async (clock) => {
      const steps = fc.array(fc.record({ calls: fc.nat(20), wanted: fc.nat(20), pauseMs: fc.nat(2_500) }), {
        maxLength: 40,
      });
      fc.assert(
        fc.property(steps, fc.constantFrom(0, 0.1, 0.5, 2), fc.nat(2), (list, ratio, minPerSecond) => {
          const budget = new LoadBudget({ ratio, minPerSecond });
          const taken: number[] = [];
          const calls: number[] = [];
          for (const { calls: n, wanted, pauseMs } of list) {
            deposit(budget, n);
            const at = performance.now();
            for (let i = 0; i < n; i++) calls.push(at);
            for (let i = withdrawals(budget, wanted); i > 0; i--) taken.push(at);
            clock.tick(pauseMs);
            // A window of whole seconds lies between nine and ten seconds.
            const within = (times: number[], ms: number) => times.filter((t) => t > at - ms).length;
            const most = ratio * within(calls, 20_000) + minPerSecond * 10;
            assert.ok(within(taken, 9_000) <= most + 1e-9, `${within(taken, 9_000)} of ${most}`);
          }
        }),
        { numRuns: 200 },
      );
    }));

  it('sets no limit when it is false, and the defaults apply one by one', () =>
    withClock(async () => {
      const unlimited = loadBudget(false, DEFAULTS);
      unlimited.deposit();
      assert.equal(withdrawals(unlimited, 5_000), 5_000);
      assert.equal(withdrawals(loadBudget(undefined, DEFAULTS)), 100);
      assert.equal(withdrawals(loadBudget({ ratio: 1 }, DEFAULTS)), 100);
      const half = loadBudget({ minPerSecond: 0 }, DEFAULTS);
      deposit(half, 10);
      assert.equal(withdrawals(half), 2);
    }));

  for (const [options, option] of [
    [{ ratio: -0.1 }, 'ratio'],
    [{ ratio: Number.NaN }, 'ratio'],
    [{ ratio: 1001 }, 'ratio'],
    [{ ratio: '20%' }, 'ratio'],
    [{ minPerSecond: Infinity }, 'minPerSecond'],
    [{ minPerSecond: -1 }, 'minPerSecond'],
    [{ percent: 20 }, 'percent'],
    [null, 'budget'],
  ] as const) {
    it(`refuses ${JSON.stringify(options)}, naming '${option}'`, () => {
      assert.throws(() => loadBudget(options as never, DEFAULTS), { code: 'ERR_INVALID_OPTION', option });
    });
  }
});
