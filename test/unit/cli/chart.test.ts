import assert from 'node:assert/strict';
import { bar, chart } from '../../../lib/cli/bench/chart.js';
import { colours } from '../../../lib/cli/colours.js';
import { measurement } from './measurement.js';

const plain = colours({ isTTY: false });

describe('the chart of a sweep', () => {
  it('has a bar per size, as long as its throughput', () => {
    const runs = [measurement(1, 250), measurement(16, 1_000), measurement(32, 500)];
    assert.deepEqual(chart(runs, 16, 80, plain), [
      'maxActive  calls/s  p50 ms  p99 ms  errors',
      `        1      250   0.500    12.3       0  ${'█'.repeat(5)}`,
      `       16    1,000   0.500    12.3       0  ${'█'.repeat(20)} <- recommended`,
      `       32      500   0.500    12.3       0  ${'█'.repeat(10)}`,
    ]);
  });

  for (const columns of [80, 100, 200]) {
    it(`fits into ${columns} columns`, () => {
      const lines = chart([measurement(1, 5), measurement(64, 123_456_789)], 64, columns, plain);
      for (const line of lines) assert.ok([...line].length < columns, line);
    });
  }

  it('draws no bar where nothing was answered', () => {
    const [, line] = chart([measurement(1, 0)], undefined, 80, plain);
    assert.equal(line, '        1        0   0.500    12.3       0  ');
  });

  it('colours the recommended size on terminals', () => {
    const paint = { good: (text: string) => `<${text}>`, bad: String, strong: String };
    const lines = chart([measurement(1, 5), measurement(2, 10)], 2, 80, paint);
    assert.match(lines[2]!, /^< .*recommended>$/);
  });

  it('draws eighths of a cell', () => {
    assert.equal(bar(0, 10), '');
    assert.equal(bar(1, 10), '██████████');
    assert.equal(bar(0.05, 10), '▌');
    assert.equal(bar(0.1125, 10), '█▏');
    assert.equal(bar(0.9875, 10), '█████████▉');
  });
});
