import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startServerProcess } from '../../../examples/thrift/server-process.js';
import type { Summary } from '../../../lib/cli/demo/summary.js';
import { freePorts } from '../../support/free-ports.js';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../..', import.meta.url));
const demo = (...flags: string[]) => run(process.execPath, ['scripts/start.mjs', ...flags], { cwd: root });

describe('npm start', function () {
  this.timeout(60_000);

  it('accounts for every call while the service is killed and restarted half way', async () => {
    const { stdout } = await demo('--json', '--duration', '2', '--concurrency', '16', '--connections', '4');
    const { calls, errorsByKind, servers, serverRestarts, connections, pool } = JSON.parse(stdout) as Summary;
    assert.equal(serverRestarts, 1);
    assert.ok(calls.results > 0);
    assert.equal(calls.started, calls.results + calls.errors);
    assert.equal(calls.lost, 0);
    assert.ok((errorsByKind.EchoError ?? 0) > 0, 'the service throws its declared exception now and then');
    assert.equal(pool.open, 0);
    assert.equal(servers, 3);
    assert.ok(connections.opened > 3, 'connections were replaced after the crash');
    assert.ok((connections.closed.broken ?? 0) >= 1);
    const closed = Object.values(connections.closed).reduce((sum, count) => sum + count, 0);
    assert.equal(closed, connections.opened);
  });

  it('bridges the absence of its only service: calls wait for it', async () => {
    const flags = ['--servers', '1', '--no-dashboard', '--concurrency', '16', '--connections', '4'];
    const { stdout } = await demo('--json', '--duration', '2', ...flags);
    const { calls, connections, serverRestarts } = JSON.parse(stdout) as Summary;
    assert.equal(serverRestarts, 1);
    assert.ok(connections.opened > 4, 'connections were replaced after the crash');
    assert.equal(calls.started, calls.results + calls.errors);
    assert.equal(calls.lost, 0);
  });

  it('prints plain lines of progress and a summary when not on a terminal', async () => {
    const { stdout } = await demo('--duration', '2.5', '--concurrency', '4', '--connections', '2');
    assert.match(stdout, /calls\/s, .* results, \d+ errors \| open \d+/);
    assert.match(stdout, /one service was killed in mid-call/);
    assert.match(stdout, /Calls +\d+ started = \d+ results \+ \d+ errors, 0 lost/);
    assert.match(
      stdout,
      /dashboard: http:\/\/127\.0\.0\.1:\d+\/ \(as long as the demo runs: --duration 120 leaves time to look\)\n/,
    );
    assert.ok(!stdout.includes('\x1b'), 'no terminal control sequences');
  });

  it('calls an outside server when it is given one, and leaves it running', async () => {
    const server = await startServerProcess('--port', '0');
    try {
      const { stdout } = await demo('--json', '--duration', '0.5', '--port', server.address);
      const summary = JSON.parse(stdout) as Summary;
      assert.equal(summary.serverRestarts, 0);
      assert.ok(summary.calls.results > 0);
      assert.equal(server.child.exitCode, null);
    } finally {
      await server.stop();
    }
  });

  it('says plainly that an outside server cannot be reached', async () => {
    const [port] = await freePorts(1);
    await assert.rejects(demo('--port', String(port)), (error: { code: number; stderr: string }) => {
      assert.equal(error.code, 2);
      assert.match(error.stderr, new RegExp(`cannot reach the echo service at 127.0.0.1:${port}`));
      return true;
    });
  });

  it('refuses wrong flags with exit code 2', async () => {
    await assert.rejects(demo('--duration', 'long'), (error: { code: number; stderr: string }) => {
      assert.equal(error.code, 2);
      assert.match(
        error.stderr,
        /'--duration <seconds>' argument 'long' is invalid\. It must be a number of seconds from 0\.5 to 600/,
      );
      return true;
    });
  });
});
