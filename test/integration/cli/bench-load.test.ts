import assert from 'node:assert/strict';
import { waitFor, within } from '../../support/wait-for.js';
import { reportOf } from './bench-report.js';
import { type LineServer, startLineServer } from './bench-server.js';
import { cli, startCli } from './cli-process.js';

/** How long the service takes: throughput is then bounded by the number of connections. */
const DELAY_MS = 20;

describe('the load of connpool bench', function () {
  this.timeout(30_000);
  let server: LineServer;

  const flags = (...more: string[]) => [
    ...['bench', '--protocol', 'tcp', '--port', String(server.port)],
    ...['--payload', 'PING\\r\\n', '--until', '\\r\\n'],
    ...more,
  ];

  beforeEach(async () => {
    server = await startLineServer(() => '+PONG\r\n', DELAY_MS);
  });

  afterEach(() => server.close());

  it('compares pools of several sizes and recommends the smallest that is enough', async () => {
    const run = await cli(...flags('--sweep', '1,2,4', '--concurrency', '4', '--duration', '0.6', '--json'));
    const { runs, recommendedMaxActive } = reportOf(run);
    assert.equal(run.exitCode, 0, run.stderr);
    assert.deepEqual(
      runs.map(({ maxActive }) => maxActive),
      [1, 2, 4],
    );
    assert.equal(recommendedMaxActive, 4, 'four callers use four connections');
    const [one, two, four] = runs.map(({ callsPerSecond }) => callsPerSecond);
    assert.ok(one! < two! && two! < four!);
    assert.ok(runs[0]!.meanWaitMs > DELAY_MS, 'three of four callers wait for the one connection');
  });

  it('opens no more connections than there are callers', async () => {
    const run = await cli(
      ...flags('--max-active', '16', '--concurrency', '4', '--duration', '0.2', '--json'),
    );
    assert.equal(reportOf(run).runs[0]!.pool.open, 4);
    assert.equal(server.mostConnections, 4);
  });

  it('draws a chart of the sweep, with plain lines of progress and no colours in a pipe', async () => {
    const run = await cli(...flags('--sweep', '--concurrency', '2', '--duration', '1.2'));
    assert.equal(run.exitCode, 0, run.stderr);
    assert.match(run.stdout, / 2 callers on 1 connection for 1\.2 s\n/);
    assert.match(run.stdout, / 2 callers on 2 connections for 1\.2 s\n/);
    assert.match(
      run.stdout,
      /calls\/s, \d+ results, 0 errors \| open 1 \(idle \d, in use \d\), dialing 0, waiting \d\n/,
    );
    assert.match(
      run.stdout,
      /\nmaxActive +calls\/s +p50 ms +p99 ms +errors\n +1 .*█.*\n +2 .*█+ <- recommended\n/,
    );
    assert.match(run.stdout, /\nRecommended maxActive: 2 \(/);
    assert.ok(!run.stdout.includes('\u001b'));
    assert.equal(run.stderr, '');
  });

  it('prints percentiles and what the pool did after a single run', async () => {
    const run = await cli(...flags('--duration', '0.2', '--concurrency', '3', '--max-active', '2'));
    assert.equal(run.exitCode, 0, run.stderr);
    assert.match(run.stdout, /\nCalls +\d+ started = \d+ results \+ 0 errors, 0 lost\n/);
    assert.match(run.stdout, /\nLatency +p50 [\d.]+ ms, p90 .*, p99 .*, p99\.9 .*, max [\d.]+ ms\n/);
    assert.match(run.stdout, /\nPool +maxActive 2, open 2, dials 2 \(0 failed\), wait timeouts 0\n/);
  });

  it('keeps standard output to the report with --json: progress goes to standard error', async () => {
    const run = await cli(...flags('--duration', '2', '--json'));
    assert.equal(reportOf(run).runs.length, 1);
    assert.match(run.stderr, /calls\/s, \d+ results/);
  });

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    it(`ends early on ${signal}, with the report of what was done`, async () => {
      const bench = startCli(flags('--duration', '600', '--json', '--concurrency', '4'));
      await bench.saw(/calls\/s, /);
      bench.child.kill(signal);
      const run = await within('the bench ends', bench.ended);
      const { interrupted, runs } = reportOf(run);
      assert.equal(run.exitCode, 0);
      assert.equal(interrupted, true);
      assert.ok(runs[0]!.calls.results > 0);
      assert.ok(runs[0]!.seconds < 60);
    });
  }

  it('does not go on to the next size of a sweep after Ctrl-C', async () => {
    const bench = startCli(flags('--sweep', '1,2,3', '--duration', '600'));
    await bench.saw(/calls\/s, /);
    bench.child.kill('SIGINT');
    const { exitCode, stdout } = await within('the bench ends', bench.ended);
    assert.equal(exitCode, 0);
    assert.match(stdout, /\nEnded early\.\n$/);
    assert.match(stdout, /Recommended maxActive: 1 /);
    assert.doesNotMatch(stdout, /2 connections/);
  });

  it('ends at once on a second Ctrl-C, even with calls that are never answered', async () => {
    let mute = false;
    const muting = await startLineServer(() => (mute ? undefined : '+PONG\r\n'), 1);
    try {
      const args = ['--payload', 'PING\\r\\n', '--until', '\\r\\n', '--duration', '600', '--timeout', '600'];
      const bench = startCli(['bench', '--protocol', 'tcp', '--port', String(muting.port), ...args]);
      await bench.saw(/calls\/s, [1-9]/);
      mute = true;
      await bench.saw(/ 0 calls\/s/);
      bench.child.kill('SIGINT');
      const killedAgain = waitFor('the bench is gone', () => {
        if (bench.child.exitCode === null) bench.child.kill('SIGINT');
        return bench.child.exitCode !== null;
      });
      await killedAgain;
      assert.equal((await bench.ended).exitCode, 130);
    } finally {
      await muting.close();
    }
  });
});
