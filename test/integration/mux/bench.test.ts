import assert from 'node:assert/strict';
import { runScript } from './run-example.js';

describe('npm run bench:mux', function () {
  this.timeout(60_000);

  it('measures shared, held and exclusive connections against one raw connection', async () => {
    const { stdout } = await runScript('bench/mux.ts', ['--quick']);
    for (const heading of ['the server answers at once', 'the server answers after 2 ms']) {
      assert.ok(stdout.includes(heading), stdout);
    }
    const rows = [...stdout.matchAll(/^(.*\S) +(\d+) +(\d+\.\d\d)$/gm)];
    assert.equal(rows.length, 10);
    assert.deepEqual(
      rows.slice(0, 5).map(([, name]) => name),
      [
        'one raw MuxConnection',
        'muxPool, 4 shared',
        'muxPool, 4 held',
        'tcpPool, 4 exclusive',
        'tcpPool, 64 exclusive',
      ],
    );
    for (const [, name, requests] of rows) assert.ok(Number(requests) > 0, name);
    assert.equal(rows[0]![3], '1.00');
  });
});
