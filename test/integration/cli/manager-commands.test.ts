import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { HealthReport, StatsReport } from '../../../lib/manager/admin/reports.js';
import { freePorts } from '../../support/free-ports.js';
import { TcpServer } from '../../support/tcp-server.js';
import { waitFor, within } from '../../support/wait-for.js';
import { cli, startCli } from './cli-process.js';
import { type RunningManager, startManager } from './running-manager.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const TOKEN = 'open-sesame';

describe('the commands that ask a running manager', function () {
  this.timeout(40_000);
  let users: TcpServer;
  let orders: TcpServer;
  let manager: RunningManager;

  const ask = (command: string, ...flags: string[]) =>
    cli(command, '--url', manager.url, '--token', TOKEN, ...flags);
  const healthy = async () => (await ask('health')).exitCode === 0;

  before(async () => {
    users = await TcpServer.start();
    orders = await TcpServer.start();
    manager = await startManager({ users: users.port, orders: orders.port }, { token: TOKEN });
    await waitFor('both services are healthy', healthy, { timeoutMs: 10_000 });
  });

  after(async () => {
    await manager.stop();
    await users.close();
    await orders.close();
  });

  it('stats shows every service and its endpoints, in columns and without colours in a pipe', async () => {
    const { exitCode, stdout } = await ask('stats');
    assert.equal(exitCode, 0);
    assert.match(
      stdout,
      /^users \(tcp\): ready\n {2}calls 0, failed 0\n {2}endpoint +state +weight +in flight/,
    );
    assert.match(stdout, new RegExp(`\n  127\\.0\\.0\\.1:${users.port} +healthy +1 `));
    assert.match(stdout, /\n\norders \(tcp\): ready\n/);
    assert.ok(!stdout.includes('\u001b'));
  });

  it('stats shows one service, as text or JSON', async () => {
    const text = await ask('stats', '--service', 'orders');
    assert.match(text.stdout, /^orders /);
    assert.doesNotMatch(text.stdout, /users/);
    const { services } = JSON.parse(
      (await ask('stats', '--service', 'orders', '--json')).stdout,
    ) as StatsReport;
    assert.deepEqual(
      services.map(({ name, state }) => [name, state]),
      [['orders', 'ready']],
    );
  });

  it('stats --watch looks again and again until it is interrupted', async () => {
    const watching = startCli(['stats', '--watch', '--json', '--url', manager.url, '--token', TOKEN]);
    await watching.saw(/\n\{.*\n\{.*\n/s);
    watching.child.kill('SIGINT');
    const { stdout } = await within('the watch ends', watching.ended);
    const times = stdout
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as StatsReport).at);
    assert.ok(times.length >= 3);
    for (let i = 1; i < times.length; i++) assert.ok(times[i]! > times[i - 1]!);
  });

  it('stats --watch stops quietly when nobody reads it any more', async () => {
    const watch = `"${process.execPath}" --import tsx lib/cli/main.ts stats --watch --json --url ${manager.url}`;
    const { stdout, stderr } = await promisify(execFile)(
      'bash',
      ['-c', `${watch} --token ${TOKEN} | head -n 1`],
      {
        cwd: root,
        timeout: 10_000,
      },
    );
    assert.equal(JSON.parse(stdout).services.length, 2);
    assert.equal(stderr, '');
  });

  it('takes the address and the token from the environment', async () => {
    const env = { CONNPOOL_URL: manager.url, CONNPOOL_TOKEN: TOKEN };
    const { exitCode, stdout } = await startCli(['stats'], env).ended;
    assert.equal(exitCode, 0);
    assert.match(stdout, /^users /);
  });

  it('health says 0 when all is well', async () => {
    const { exitCode, stdout } = await ask('health');
    assert.equal(exitCode, 0);
    assert.equal(stdout, 'users: ready\norders: ready\n');
  });

  it('health says 1 with the reason when a service is down, of all services and of that one', async () => {
    const { port } = orders;
    await orders.close();
    await waitFor('the loss is seen', async () => !(await healthy()), { timeoutMs: 10_000 });
    const all = await ask('health');
    assert.equal(all.exitCode, 1);
    assert.match(all.stdout, /^users: ready\norders: failed: no endpoint is usable: /);
    assert.equal((await ask('health', '--service', 'users')).exitCode, 0);
    const one = await ask('health', '--service', 'orders', '--json');
    assert.equal(one.exitCode, 1);
    const report = JSON.parse(one.stdout) as HealthReport;
    assert.equal(report.status, 'unhealthy');
    assert.deepEqual(Object.keys(report.services), ['orders']);

    orders = await TcpServer.start({ port });
    await waitFor('the return is seen', healthy, { timeoutMs: 15_000 });
  });

  it('health says 2 when the manager cannot be reached or asked', async () => {
    const [port] = await freePorts(1);
    const nobody = await cli('health', '--url', `http://127.0.0.1:${port}`);
    assert.equal(nobody.exitCode, 2);
    assert.match(nobody.stderr, /^connpool: cannot reach http:\/\/127\.0\.0\.1:\d+: .*ECONNREFUSED/);
    const stranger = await cli('health', '--url', manager.url);
    assert.equal(stranger.exitCode, 2);
    assert.match(stranger.stderr, /answered 401: a bearer token is needed/);
    const unknown = await ask('health', '--service', 'ordres');
    assert.equal(unknown.exitCode, 2);
    assert.match(unknown.stderr, /answered 404: there is no service 'ordres'/);
  });

  it('health says 2 when something else than a manager answers', async () => {
    await using echo = await TcpServer.start();
    const { exitCode, stderr } = await cli('health', '--url', `http://127.0.0.1:${echo.port}`);
    assert.equal(exitCode, 2);
    assert.match(stderr, /cannot reach/);
  });
});
