import assert from 'node:assert/strict';
import fc from 'fast-check';
import { FEWEST_SAMPLES, judge } from './judge.js';
import { sparkline } from './report.js';

const SAMPLES = 32;
const series = (value: (i: number) => number) => Array.from({ length: SAMPLES }, (_, i) => value(i));

/** Noise as garbage collection leaves it: the same in every run. */
const noise = (i: number) => [0, 40, -30, 10, 90, -70, 20][i % 7]!;

const KIB = { absolute: 512, share: 0.03 };

describe('the judge of a soak', () => {
  it('calls a level measure flat, however noisy', () => {
    const { grew, first, last } = judge(
      series((i) => 10_000 + noise(i)),
      KIB,
    );
    assert.equal(grew, false);
    assert.ok(Math.abs(last - first) < 100);
  });

  it('finds a leak that adds a little with every round', () => {
    const verdict = judge(
      series((i) => 10_000 + 50 * i + noise(i)),
      KIB,
    );
    assert.equal(verdict.grew, true);
    assert.ok(verdict.last - verdict.first > verdict.allowed);
  });

  it('finds a single handle that stays open', () => {
    assert.equal(
      judge(
        series((i) => (i < 20 ? 8 : 9)),
        { absolute: 0 },
      ).grew,
      true,
    );
  });

  it('takes what rises while the process warms up for no leak', () => {
    const verdict = judge(
      series((i) => 10_000 - 4_000 * 0.5 ** i),
      KIB,
    );
    assert.equal(verdict.grew, false);
  });

  it('is not misled by outliers at either end', () => {
    const spiky = series((i) => (i === 9 || i === 30 || i === 31 ? 90_000 : 10_000));
    assert.equal(judge(spiky, KIB).grew, false);
  });

  it('allows the greater of an absolute and a relative growth', () => {
    assert.equal(
      judge(
        series(() => 10_000),
        KIB,
      ).allowed,
      512,
    );
    assert.equal(
      judge(
        series(() => 100_000),
        KIB,
      ).allowed,
      3_000,
    );
    assert.equal(
      judge(
        series(() => 7),
        { absolute: 0 },
      ).allowed,
      0,
    );
  });

  it('never finds growth in what falls', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { minLength: FEWEST_SAMPLES, maxLength: 60 }), (values) => {
        const falling = [...values].sort((a, b) => b - a);
        assert.equal(judge(falling, { absolute: 0 }).grew, false);
      }),
    );
  });

  it('refuses to judge a handful of samples', () => {
    assert.throws(() => judge([1, 2, 3], KIB), /at least 8 samples are needed, got 3/);
  });
});

describe('the chart of a soak', () => {
  it('goes from the least value to the greatest', () => {
    assert.equal(sparkline([0, 1, 2, 3, 4, 5, 6, 7]), '▁▂▃▄▅▆▇█');
    assert.equal(sparkline([7, 0, 7]), '█▁█');
  });

  it('is flat for a measure that does not change', () => {
    assert.equal(sparkline([5, 5, 5]), '▁▁▁');
  });
});
