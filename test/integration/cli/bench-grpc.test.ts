import assert from 'node:assert/strict';
import { startTestbed, type Testbed } from '../grpc/testbed.js';
import { reportOf } from './bench-report.js';
import { cli } from './cli-process.js';

const PROTO = 'test/integration/grpc/testbed.proto';
const SERVICE = 'connpool.testbed.Testbed';

describe('connpool bench of a gRPC endpoint', function () {
  this.timeout(30_000);
  let testbed: Testbed;

  const bench = (...flags: string[]) =>
    cli('bench', '--protocol', 'grpc', '--port', String(testbed.port), '--duration', '0.3', ...flags);

  beforeEach(async () => {
    testbed = await startTestbed({ health: 1 });
  });

  afterEach(() => testbed.kill());

  it('calls grpc.health.v1 Check when it is told nothing else', async () => {
    const run = await bench('--max-active', '2', '--json');
    const { target, runs } = reportOf(run);
    assert.equal(run.exitCode, 0, run.stderr);
    assert.equal(target, `gRPC grpc.health.v1.Health/Check at 127.0.0.1:${testbed.port}`);
    assert.ok(runs[0]!.calls.results > 0);
    assert.ok(testbed.checks > runs[0]!.calls.results, 'the try and the warm-up come on top');
  });

  it('calls a method of a proto file', async () => {
    const call = ['--proto', PROTO, '--service', SERVICE, '--method', 'Echo', '--data', '{"text":"hello"}'];
    const run = await bench(...call, '--max-active', '2', '--json');
    assert.equal(run.exitCode, 0, run.stderr);
    assert.equal(reportOf(run).target, `gRPC ${SERVICE}/Echo at 127.0.0.1:${testbed.port}`);
    assert.equal(testbed.peers.size, 3, 'one connection to try, two under load');
  });

  it('shares connections when it is told to', async () => {
    const call = ['--proto', PROTO, '--service', SERVICE, '--method', 'Echo', '--data', '{"text":"slow 20"}'];
    const run = await bench(...call, '--max-active', '1', '--concurrency', '16', '--streams', '16', '--json');
    const { calls, pool } = reportOf(run).runs[0]!;
    assert.equal(run.exitCode, 0, run.stderr);
    assert.equal(pool.open, 1);
    assert.ok(calls.results > 32, `${calls.results} calls of 20 ms in 0.3 s on one connection`);
  });

  it('says that a service is not healthy, with its name', async () => {
    const { exitCode, stderr } = await bench('--service', 'sick');
    assert.equal(exitCode, 2);
    assert.match(
      stderr,
      /the first call failed \(gRPC grpc\.health\.v1\.Health\/Check of sick at .*answers 2/,
    );
  });

  it('says with what status the first call fails', async () => {
    const call = ['--proto', PROTO, '--service', SERVICE, '--method', 'Echo'];
    const { exitCode, stderr } = await bench(...call, '--data', '{"text":"fail NOT_FOUND"}');
    assert.equal(exitCode, 2);
    assert.match(stderr, /5 NOT_FOUND: told to fail/);
  });
});
