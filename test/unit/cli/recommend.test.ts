import assert from 'node:assert/strict';
import fc from 'fast-check';
import { recommend, sweepSizes, TOLERANCE } from '../../../lib/cli/bench/recommend.js';
import { measurement } from './measurement.js';

describe('the recommended maxActive', () => {
  it('is the smallest size within a few percent of the best', () => {
    const runs = [
      measurement(1, 100),
      measurement(2, 370),
      measurement(4, 390),
      measurement(8, 400),
      measurement(16, 401),
    ];
    assert.equal(recommend(runs), 4);
  });

  it('is the best when nothing smaller comes near', () => {
    assert.equal(recommend([measurement(1, 100), measurement(2, 200), measurement(4, 400)]), 4);
  });

  it('passes over sizes at which calls failed', () => {
    const runs = [measurement(1, 100), measurement(8, 400, { errors: 101 }), measurement(4, 200)];
    assert.equal(recommend(runs), 4);
  });

  it('puts up with a failure here and there', () => {
    assert.equal(recommend([measurement(1, 100), measurement(8, 400, { errors: 100 })]), 8);
  });

  it('is none when every size failed, or nothing was measured', () => {
    assert.equal(recommend([measurement(1, 100, { errors: 5_000 })]), undefined);
    assert.equal(recommend([]), undefined);
    const nothing = { started: 0, results: 0, errors: 0, lost: 0 };
    assert.equal(recommend([{ maxActive: 1, callsPerSecond: 0, calls: nothing }]), undefined);
  });

  it('never gives up more than the tolerance, whatever was measured', () => {
    const rates = fc.array(fc.double({ min: 1, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(rates, (list) => {
        const runs = list.map((rate, i) => measurement(i + 1, rate));
        const chosen = runs.find(({ maxActive }) => maxActive === recommend(runs))!;
        const enough = Math.max(...list) * (1 - TOLERANCE);
        assert.ok(chosen.callsPerSecond >= enough);
        for (const smaller of runs.slice(0, chosen.maxActive - 1)) assert.ok(smaller.callsPerSecond < enough);
      }),
    );
  });
});

describe('the sizes of a sweep', () => {
  it('are powers of two up to the number of callers', () => {
    assert.deepEqual(sweepSizes(1), [1]);
    assert.deepEqual(sweepSizes(8), [1, 2, 4, 8]);
    assert.deepEqual(sweepSizes(10), [1, 2, 4, 8, 10]);
  });

  it('end at 64, so that a sweep takes no longer than it is worth', () => {
    assert.deepEqual(sweepSizes(5_000), [1, 2, 4, 8, 16, 32, 64]);
  });
});
