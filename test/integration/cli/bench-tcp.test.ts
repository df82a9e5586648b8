import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '../../support/free-ports.js';
import { TcpServer } from '../../support/tcp-server.js';
import { tlsFixture } from '../../support/tls.js';
import { reportOf } from './bench-report.js';
import { startLineServer } from './bench-server.js';
import { cli } from './cli-process.js';

const bench = (port: number, ...flags: string[]) =>
  cli('bench', '--protocol', 'tcp', '--port', String(port), '--duration', '0.3', '--json', ...flags);

describe('connpool bench of a TCP endpoint', function () {
  this.timeout(30_000);

  const answers: Record<string, string[]> = {
    'ends with a text': ['--payload', 'hello\\n', '--until', '\\n'],
    'ends with bytes': ['--payload-hex', '00 01 0d 0a', '--until-hex', '0d0a'],
    'has so many bytes': ['--payload', 'x'.repeat(100_000), '--expect-bytes', '100000'],
  };
  for (const [what, flags] of Object.entries(answers)) {
    it(`waits for an answer that ${what}`, async () => {
      await using server = await TcpServer.start();
      const run = await bench(server.port, '--concurrency', '4', '--max-active', '2', ...flags);
      const { target, runs, concurrency } = reportOf(run);
      assert.equal(run.exitCode, 0);
      assert.match(target, new RegExp(`^TCP \\(\\d+ bytes\\) at 127\\.0\\.0\\.1:${server.port}$`));
      assert.equal(concurrency, 4);
      assert.ok(runs[0]!.calls.results > 0);
      assert.deepEqual(runs[0]!.errorsByKind, {});
      assert.equal(runs[0]!.pool.maxActive, 2);
      assert.equal(runs[0]!.pool.dials, 2);
    });
  }

  it('puts an answer together that comes in pieces, the end included', async () => {
    const server = await startLineServer((_line, socket) => {
      socket.write('one\r');
      setTimeout(() => socket.write('\n'), 5);
      return undefined;
    });
    try {
      const run = await bench(server.port, '--payload', 'x\\n', '--until', '\\r\\n');
      assert.equal(run.exitCode, 0);
      assert.ok(reportOf(run).runs[0]!.calls.results > 0);
    } finally {
      await server.close();
    }
  });

  it('speaks TLS', async () => {
    const { ca, server: pair } = await tlsFixture();
    const folder = await mkdtemp(join(tmpdir(), 'connpool-bench-'));
    await using server = await TcpServer.start({ tls: pair });
    try {
      await writeFile(join(folder, 'ca.pem'), ca);
      const flags = ['--payload', 'x\\n', '--until', '\\n'];
      const trusted = ['--ca', join(folder, 'ca.pem'), '--server-name', 'localhost'];
      assert.equal((await bench(server.port, ...flags, ...trusted)).exitCode, 0);
      assert.equal((await bench(server.port, ...flags, '--skip-verify')).exitCode, 0);
      const refused = await bench(server.port, ...flags, '--tls');
      assert.equal(refused.exitCode, 2);
      assert.match(refused.stderr, /cannot reach TCP \(2 bytes\).*(certificate|verify)/);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('says at once that nobody listens, with exit code 2', async () => {
    const [port = 0] = await freePorts(1);
    const { exitCode, stdout, stderr } = await bench(port, '--payload', 'x', '--until', 'x');
    assert.equal(exitCode, 2);
    assert.equal(stdout, '');
    assert.match(stderr, /^connpool: cannot reach TCP \(1 bytes\) at 127\.0\.0\.1:\d+: .*ECONNREFUSED/);
  });

  it('says at once that the answer never comes, is too long or goes on', async () => {
    await using server = await TcpServer.start();
    const tooLong = await bench(server.port, '--payload', 'hello', '--expect-bytes', '3');
    assert.match(tooLong.stderr, /the first call failed \(TCP .*\): more than 3 bytes came/);
    const goesOn = await bench(server.port, '--payload', 'one\\ntwo', '--until', '\\n');
    assert.match(goesOn.stderr, /bytes came after the end of the answer/);
    server.mode = 'mute';
    const mute = await bench(server.port, '--payload', 'hello', '--until', 'o', '--timeout', '0.2');
    assert.match(mute.stderr, /no whole answer in 200 ms/);
    assert.deepEqual([tooLong.exitCode, goesOn.exitCode, mute.exitCode], [2, 2, 2]);
  });

  it('ends with 1 when calls failed, and counts them by kind', async () => {
    let asked = 0;
    const server = await startLineServer((_line, socket) => {
      asked++;
      if (asked % 20 === 0) socket.destroy();
      return 'fine\n';
    });
    try {
      const run = await bench(server.port, '--payload', 'x\\n', '--until', '\\n', '--concurrency', '4');
      const { calls, errorsByKind, pool } = reportOf(run).runs[0]!;
      assert.equal(run.exitCode, 1);
      assert.ok(calls.errors > 0 && calls.results > 0);
      assert.deepEqual(Object.keys(errorsByKind), ['ConnectionEndedError']);
      assert.ok(pool.closed.broken >= calls.errors);
    } finally {
      await server.close();
    }
  });
});
