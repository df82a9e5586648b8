import assert from 'node:assert/strict';
import { type ServerProcess, startServerProcess } from '../../../examples/thrift/server-process.js';
import { reportOf } from './bench-report.js';
import { cli } from './cli-process.js';

const CLIENT = 'examples/thrift/gen-nodejs/EchoService.js';

describe('connpool bench of a Thrift endpoint', function () {
  this.timeout(30_000);
  let server: ServerProcess;

  const bench = (...flags: string[]) =>
    cli(
      'bench',
      '--protocol',
      'thrift',
      '--address',
      `127.0.0.1:${server.address}`,
      '--duration',
      '0.3',
      ...flags,
    );

  before(async () => {
    server = await startServerProcess('--port', '0', '--transport', 'framed', '--protocol', 'compact');
  });

  after(() => server.stop());

  const framed = ['--transport', 'framed', '--wire-protocol', 'compact'];

  it('calls a method of the generated client with the arguments given', async () => {
    const flags = ['--client', CLIENT, '--method', 'Echo', '--args', '["hello"]', '--max-active', '3'];
    const run = await bench(...framed, ...flags, '--json');
    const { target, runs, interrupted } = reportOf(run);
    assert.equal(run.exitCode, 0, run.stderr);
    assert.equal(target, `Thrift Echo at 127.0.0.1:${server.address}`);
    assert.equal(interrupted, false);
    assert.ok(runs[0]!.calls.results > 0);
    assert.equal(runs[0]!.pool.open, 3);
  });

  it('takes the service from an export of the module', async () => {
    const run = await bench(
      ...framed,
      '--client',
      CLIENT,
      '--export',
      'Client',
      '--method',
      'Ping',
      '--json',
    );
    assert.equal(run.exitCode, 0, run.stderr);
    assert.ok(reportOf(run).runs[0]!.calls.results > 0);
  });

  it('says what the service throws at the first call', async () => {
    const flags = ['--client', CLIENT, '--method', 'Echo', '--args', '["refuse: this"]'];
    const { exitCode, stderr } = await bench(...framed, ...flags);
    assert.equal(exitCode, 2);
    assert.match(stderr, /the first call failed \(Thrift Echo at .*\): /);
  });
});
