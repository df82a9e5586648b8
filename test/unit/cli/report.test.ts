import assert from 'node:assert/strict';
import { type BenchReport, describeReport } from '../../../lib/cli/bench/report.js';
import { colours } from '../../../lib/cli/colours.js';
import { measurement } from './measurement.js';

const plain = colours({ isTTY: false });
const report = (more: Partial<BenchReport>): BenchReport => ({
  target: 'TCP (6 bytes) at 127.0.0.1:7',
  concurrency: 64,
  interrupted: false,
  runs: [measurement(10, 1_234.5)],
  ...more,
});
const describeIt = (more: Partial<BenchReport>) => describeReport(report(more), 80, plain);

describe('the report of connpool bench', () => {
  it('says calls, throughput, latency and the wait of one measurement', () => {
    assert.equal(
      describeIt({}),
      `
Calls        10000 started = 10000 results + 0 errors, 0 lost
Throughput   1,235 calls/s over 10.0 s
Latency      p50 0.500 ms, p90 1.25 ms, p99 12.3 ms, p99.9 123 ms, max 1234 ms
Waiting      0.250 ms for a connection on average (part of the latency)
Pool         maxActive 10, open 0, dials 0 (0 failed), wait timeouts 0
`,
    );
  });

  it('counts errors by kind, and by size in a sweep', () => {
    const failed = measurement(10, 5, { errors: 3, kind: 'DialError (ERR_DIAL)' });
    assert.match(describeIt({ runs: [failed] }), /\nErrors\n {4}3 x DialError \(ERR_DIAL\)\n/);
    const sweep = describeIt({ runs: [measurement(1, 5), failed], recommendedMaxActive: 1 });
    assert.match(sweep, /\nErrors\n {4}3 x DialError \(ERR_DIAL\) with maxActive 10\n/);
  });

  it('recommends a size after a sweep', () => {
    const runs = [measurement(1, 50), measurement(2, 100), measurement(4, 101)];
    const text = describeIt({ runs, recommendedMaxActive: 2 });
    assert.match(
      text,
      /Recommended maxActive: 2 \(the smallest size within 5 % of the best throughput, with 64 callers\)\.\n/,
    );
  });

  it('says that more may be better when the largest size won', () => {
    const runs = [measurement(1, 50), measurement(2, 100)];
    assert.match(describeIt({ runs, recommendedMaxActive: 2 }), /It is the largest that was measured/);
    assert.doesNotMatch(describeIt({ runs: [measurement(1, 5)], recommendedMaxActive: 1 }), /largest/);
  });

  it('recommends nothing when calls failed at every size', () => {
    const runs = [measurement(1, 5, { errors: 9_000 })];
    assert.match(describeIt({ runs, recommendedMaxActive: null }), /No size can be recommended: too many/);
  });

  it('says that it was ended early', () => {
    assert.match(describeIt({ interrupted: true }), /\nEnded early\.\n$/);
  });
});
