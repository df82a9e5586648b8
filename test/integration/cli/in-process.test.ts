import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEchoServer } from '../../../examples/thrift/echo-server.js';
import type { BenchReport } from '../../../lib/cli/bench/report.js';
import type { Summary } from '../../../lib/cli/demo/summary.js';
import { freePorts } from '../../support/free-ports.js';
import { TcpServer } from '../../support/tcp-server.js';
import { waitFor, within } from '../../support/wait-for.js';
import { inProcess } from '../../unit/cli/in-process.js';
import { startTestbed } from '../grpc/testbed.js';
import { configOf } from './running-manager.js';

const SHORT = ['--duration', '0.1', '--concurrency', '4', '--json'];

/** As the system would. (Not SIGINT: that would end the tests too.) */
const terminate = () => process.emit('SIGTERM', 'SIGTERM');

describe('the commands within a process of others', function () {
  this.timeout(30_000);

  function reportOf({ exitCode, stdout, stderr }: Awaited<ReturnType<typeof inProcess>>): BenchReport {
    assert.equal(exitCode, 0, stderr);
    return JSON.parse(stdout) as BenchReport;
  }

  for (const until of [
    ['--until', 'o'],
    ['--expect-bytes', '5'],
  ]) {
    it(`bench calls a TCP endpoint with ${until[0]}`, async () => {
      await using server = await TcpServer.start();
      const where = ['--protocol', 'tcp', '--port', String(server.port), '--payload', 'hello'];
      const report = reportOf(await inProcess('bench', ...where, ...until, ...SHORT, '--sweep', '1,2'));
      assert.equal(report.runs.length, 2);
      assert.ok(report.recommendedMaxActive === 1 || report.recommendedMaxActive === 2);
    });
  }

  it('bench calls a Thrift endpoint', async () => {
    const server = await startEchoServer();
    try {
      const where = ['--protocol', 'thrift', '--port', String(server.address)];
      const call = [
        '--client',
        'examples/thrift/gen-nodejs/EchoService.js',
        '--method',
        'Echo',
        '--args',
        '["a"]',
      ];
      assert.ok(reportOf(await inProcess('bench', ...where, ...call, ...SHORT)).runs[0]!.calls.results > 0);
    } finally {
      await server.close();
    }
  });

  it('bench calls a gRPC endpoint, by its health service and by a proto file', async () => {
    const testbed = await startTestbed({ health: 1 });
    try {
      const where = ['--protocol', 'grpc', '--address', `127.0.0.1:${testbed.port}`];
      assert.ok(reportOf(await inProcess('bench', ...where, ...SHORT)).runs[0]!.calls.results > 0);
      const service = ['--service', 'connpool.testbed.Testbed', '--method', 'Echo', '--data', '{"text":"a"}'];
      const call = ['--proto', 'test/integration/grpc/testbed.proto', ...service, '--streams', '2'];
      assert.ok(reportOf(await inProcess('bench', ...where, ...call, ...SHORT)).runs[0]!.calls.results > 0);
      const sick = await inProcess('bench', ...where, '--service', 'sick', ...SHORT);
      assert.match(sick.stderr, /the health service answers 2/);
    } finally {
      testbed.kill();
    }
  });

  it('demo runs, and leaves no handler of signals behind', async () => {
    const before = process.listenerCount('SIGTERM');
    const { exitCode, stdout, stderr } = await inProcess(
      'demo',
      '--duration',
      '1',
      '--concurrency',
      '4',
      '--json',
    );
    assert.equal(exitCode, 0, stderr);
    assert.equal((JSON.parse(stdout) as Summary).serverRestarts, 1);
    assert.equal(process.listenerCount('SIGTERM'), before);
  });

  it('demo ends early, with its summary in words', async () => {
    const before = process.listenerCount('SIGTERM');
    const demo = inProcess(
      'demo',
      '--duration',
      '600',
      '--concurrency',
      '4',
      '--servers',
      '1',
      '--no-dashboard',
    );
    await waitFor('the demo runs', () => process.listenerCount('SIGTERM') > before);
    terminate();
    const { exitCode, stdout } = await within('the demo ends', demo, { timeoutMs: 10_000 });
    assert.equal(exitCode, 0);
    assert.match(stdout, /Calls +\d+ started/);
  });

  for (const shell of ['bash', 'zsh', 'fish']) {
    it(`completion prints a script for ${shell}`, async () => {
      const { exitCode, stdout } = await inProcess('completion', shell);
      assert.equal(exitCode, 0);
      assert.match(stdout, /connpool/);
      assert.match(stdout, /thrift grpc tcp/);
    });
  }

  it('start runs a manager that check, stats and health know, until SIGTERM', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'connpool-in-process-'));
    await using server = await TcpServer.start();
    const config = join(folder, 'connpool.json');
    const [port] = await freePorts(1);
    const before = process.listenerCount('SIGTERM');
    await writeFile(config, JSON.stringify(configOf({ users: server.port })));
    const running = inProcess('start', '-c', config, '--port', String(port));
    try {
      const url = ['--url', `http://127.0.0.1:${port}`];
      await waitFor('the manager is healthy', async () => (await inProcess('health', ...url)).exitCode === 0);
      assert.match((await inProcess('stats', ...url)).stdout, /users \(tcp\): ready/);
      assert.equal(JSON.parse((await inProcess('stats', ...url, '--json')).stdout).services.length, 1);
      assert.equal(JSON.parse((await inProcess('health', ...url, '--json')).stdout).status, 'ok');
      assert.match((await inProcess('health', ...url, '--service', 'x')).stderr, /answered 404/);
      assert.match((await inProcess('check', config)).stdout, /can be used: 1 service/);
      assert.match((await inProcess('check', config, '--json')).stdout, /"users"/);
      await writeFile(config, JSON.stringify({ services: {} }));
      await waitFor('the service is gone', async () =>
        /^\n$/.test((await inProcess('stats', ...url)).stdout),
      );
    } finally {
      await waitFor('it can be stopped', () => process.listenerCount('SIGTERM') > before);
      terminate();
      const { exitCode } = await within('the manager stops', running);
      assert.equal(exitCode, 0);
      await rm(folder, { recursive: true, force: true });
    }
  });
});
