import assert from 'node:assert/strict';
import { type Clock, install } from '@sinonjs/fake-timers';
import { Progress } from '../../../lib/cli/load/progress.js';

const gauges = () => ({ open: 4, idle: 1, inUse: 3, dialing: 0, waiting: 2 });

/** Collects what is written. */
function stream(more: { isTTY?: boolean; columns?: number } = {}) {
  const written: string[] = [];
  return { written, write: (text: string) => written.push(text) > 0, ...more };
}

describe('progress', () => {
  let clock: Clock;

  beforeEach(() => {
    clock = install();
  });

  afterEach(() => clock.uninstall());

  it('is a plain line a second where there is no terminal', () => {
    const out = stream();
    const load = { results: 0, errorCount: 0 };
    const progress = new Progress(out as never);
    progress.watch({ load, gauges });
    load.results = 1_500;
    load.errorCount = 2;
    clock.tick(1_000);
    load.results = 2_000;
    clock.tick(1_000);
    progress.stop();
    clock.tick(5_000);
    const end = '2 errors | open 4 (idle 1, in use 3), dialing 0, waiting 2\n';
    assert.deepEqual(out.written, [
      `  1.0 s  1,500 calls/s, 1,500 results, ${end}`,
      `  2.0 s  500 calls/s, 2,000 results, ${end}`,
    ]);
  });

  it('is one line that renews itself on a terminal, and is gone at the end', () => {
    const out = stream({ isTTY: true, columns: 20 });
    const progress = new Progress(out as never);
    progress.watch({ load: { results: 0, errorCount: 0 }, gauges });
    clock.tick(200);
    progress.stop();
    assert.deepEqual(out.written, ['\r\x1b[2K', '  0.2 s  0 calls/s,', '\r\x1b[2K']);
  });

  it('leaves notes on lines of their own', () => {
    const out = stream();
    const progress = new Progress(out as never);
    clock.tick(12_345);
    progress.note('the service is back');
    assert.deepEqual(out.written, [' 12.3 s  the service is back\n']);
  });

  it('goes over to the next load', () => {
    const out = stream();
    const progress = new Progress(out as never);
    progress.watch({ load: { results: 10, errorCount: 0 }, gauges });
    progress.watch({ load: { results: 0, errorCount: 0 }, gauges });
    clock.tick(1_000);
    progress.stop();
    assert.equal(out.written.length, 1);
    assert.match(out.written[0]!, /0 calls\/s, 0 results/);
  });
});
