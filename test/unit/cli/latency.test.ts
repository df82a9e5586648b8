import assert from 'node:assert/strict';
import { describeLatency, formatMs, Latency } from '../../../lib/cli/load/latency.js';

describe('latencies', () => {
  it('come as percentiles within a thousandth of the truth', () => {
    const latency = new Latency();
    for (let ms = 1; ms <= 10_000; ms++) latency.record(ms);
    const { p50, p90, p99, p999, max } = latency.percentiles();
    for (const [seen, wanted] of [
      [p50, 5_000],
      [p90, 9_000],
      [p99, 9_900],
      [p999, 9_990],
      [max, 10_000],
    ] as const) {
      assert.ok(Math.abs(seen - wanted) <= wanted / 1_000, `${seen} for ${wanted}`);
    }
  });

  it('are never above the longest', () => {
    const latency = new Latency();
    latency.record(12_345.678);
    const figures = latency.percentiles();
    for (const ms of Object.values(figures)) assert.ok(ms <= figures.max);
  });

  it('are zero while there are none', () => {
    assert.deepEqual(new Latency().percentiles(), { p50: 0, p90: 0, p99: 0, p999: 0, max: 0 });
  });

  it('take what is beyond an hour for an hour', () => {
    const latency = new Latency();
    latency.record(1e9);
    assert.ok(latency.percentiles().max >= 3_600_000);
  });

  it('are written with three digits that count', () => {
    assert.deepEqual([0.1234, 1.234, 12.34, 123.4, 12_345.6].map(formatMs), [
      '0.123',
      '1.23',
      '12.3',
      '123',
      '12346',
    ]);
    const latency = { p50: 1, p90: 2, p99: 3, p999: 4, max: 5 };
    assert.equal(
      describeLatency(latency),
      'p50 1.00 ms, p90 2.00 ms, p99 3.00 ms, p99.9 4.00 ms, max 5.00 ms',
    );
  });
});
