import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { StatsReport } from '../../../lib/manager/admin/reports.js';
import { type ConsulAgent, requireConsul } from '../../support/consul-agent.js';
import { freePorts } from '../../support/free-ports.js';
import { waitFor } from '../../support/wait-for.js';
import { startCli } from '../cli/cli-process.js';
import type { LineServer } from '../cluster/line-server.js';
import { cliHere, startCliHere } from './cli-here.js';
import { at, type ServiceInput, smallPool, staticAt, Testing } from './fixture.js';

const test = new Testing();

describe('connpool start', () => {
  let agent: ConsulAgent;
  let server: LineServer;

  before(async function () {
    agent = await requireConsul(this);
  });
  after(() => agent?.stop());
  beforeEach(async () => {
    await test.begin();
    server = await test.lines();
  });
  afterEach(() => test.end());

  it('runs a file with the Consul agent and the port of its flags, follows it, and ends by a signal', async () => {
    await agent.api.register({ ID: 'l1', Name: 'lines', Address: '127.0.0.1', Port: server.port });
    const config = (more: object) => ({
      services: {
        lines: {
          protocol: 'tcp',
          discovery: { type: 'consul', address: '127.0.0.1:1', service: 'lines' },
          pool: smallPool,
        },
        broken: { protocol: 'tcp', discovery: staticAt(server), tls: { ca: 'nowhere.pem' } },
        ...more,
      },
      admin: false,
    });
    const file = await test.write('connpool.json', config({}));
    const manager = startCliHere('start', '-c', file, '--consul-addr', agent.address, '--port', '0');
    const url = (await manager.saw(/2 services, (http:\S+)/))[1]!;
    await manager.saw(/service 'broken' failed: tls\.ca cannot be read: ENOENT/);
    const isReady = async () => (await fetch(`${url}/health?service=lines`)).ok;
    await waitFor('the service to be ready', isReady);

    await test.write('connpool.json', config({ other: { protocol: 'tcp', discovery: staticAt(server) } }));
    await manager.saw(/config reloaded: added other; failed broken\n/);
    await test.write('connpool.json', config({ other: { protocol: 'udp' } }));
    await manager.saw(
      /new config is refused, the old one stays: .*\n.*services\.other\.protocol: must be one of/,
    );
    await test.write('connpool.json', config({}));
    await manager.saw(/config reloaded: removed other; failed broken\n/);
    process.kill(process.pid, 'SIGHUP');
    await manager.saw(/config reloaded: failed broken\n/);
    assert.ok(await isReady());

    process.kill(process.pid, 'SIGTERM');
    assert.equal(await manager.exitCode, 0);
    assert.match(manager.output, /stopped\n$/);
    assert.deepEqual([process.listenerCount('SIGTERM'), process.listenerCount('SIGHUP')], [0, 0]);
  });

  it('exits with 1 for a config with faults and with 2 when the port is taken', async () => {
    const wrong = await test.write('wrong.json', {
      services: { a: { discovery: { type: 'file' } } },
      prot: 1,
    });
    const taken = await test.write('taken.json', { services: {}, admin: { port: server.port } });
    for (const command of [
      ['start', '-c', wrong],
      ['check', wrong],
    ]) {
      const { exitCode, output } = await cliHere(...command);
      assert.equal(exitCode, 1, output);
      assert.match(output, /wrong\.json cannot be used:\n {2}services\.a\.discovery\.path: must be the path/);
      assert.match(output, /prot: there is no such setting/);
    }
    const { exitCode, output } = await cliHere('start', '-c', taken);
    assert.deepEqual([exitCode, /EADDRINUSE/.test(output)], [2, true], output);
    const missing = await cliHere('check', `${wrong}.yaml`);
    assert.deepEqual([missing.exitCode, /cannot be read: ENOENT/.test(missing.output)], [1, true]);
  });
});

describe('connpool check', () => {
  beforeEach(() => test.begin());
  afterEach(() => test.end());

  it('says whether a config can be used, and what it means', async () => {
    const discovery = { type: 'static', endpoints: ['127.0.0.1:1'] };
    const file = await test.write('connpool.json', { services: { a: { protocol: 'tcp', discovery } } });
    assert.deepEqual(await cliHere('check', file), {
      exitCode: 0,
      output: `${file} can be used: 1 service (a)\n`,
    });
    const { output } = await cliHere('check', file, '--json');
    assert.equal(JSON.parse(output).services.a.pool.maxActive, 50);
  });
});

describe('connpool stats and connpool health', () => {
  let [server, dead]: LineServer[] = [];
  let url: string;

  beforeEach(async () => {
    await test.begin();
    [server, dead] = [await test.lines(), await test.lines('dead')];
    await dead.kill();
    const service = (at: LineServer): ServiceInput => ({
      protocol: 'tcp',
      discovery: staticAt(at),
      pool: smallPool,
    });
    const manager = await test.started({
      services: { lines: service(server), dead: service(dead) },
      admin: { port: 0, token: 't' },
    });
    await manager.getPool('lines').ready();
    url = manager.adminUrl!;
  });
  afterEach(() => test.end());

  const ask = (...args: string[]) => cliHere(...args, '--url', url, '--token', 't');

  it('tell how services are, by exit code too', async () => {
    const [all, one, unknown] = [
      await ask('health'),
      await ask('health', '--service', 'lines'),
      await ask('health', '--service', 'other'),
    ];
    assert.deepEqual([all.exitCode, one.exitCode, unknown.exitCode], [1, 0, 2]);
    assert.match(all.output, new RegExp(`^lines: ready\ndead: starting: .*${at(dead!)} is warming`));
    assert.equal(one.output, 'lines: ready\n');
    assert.match(unknown.output, /answered 404: there is no service 'other'/);
    const { exitCode, output } = await ask('health', '--json');
    assert.deepEqual([exitCode, JSON.parse(output).status], [1, 'unhealthy']);
  });

  it('show the figures, as text and as JSON', async () => {
    const { exitCode, output } = await ask('stats', '--service', 'lines');
    assert.equal(exitCode, 0);
    const [title, calls, headings, row] = output.split('\n');
    assert.deepEqual([title, calls], ['lines (tcp): ready', '  calls 0, failed 0']);
    const columns = (line: string | undefined) => line!.trim().split(/ {2,}/);
    assert.deepEqual(columns(headings).slice(0, 3), ['endpoint', 'state', 'weight']);
    assert.deepEqual(columns(row), [at(server!), 'healthy', '1', '0', '0', '1', '0', '0', '0', '0']);
    const report = JSON.parse((await ask('stats', '--json')).output) as StatsReport;
    assert.deepEqual(
      report.services.map(({ name, state }) => [name, state]),
      [
        ['lines', 'ready'],
        ['dead', 'starting'],
      ],
    );
  });

  it('show them again every second when told to, until the reader has had enough', async () => {
    const watching = startCli(['stats', '--url', url, '--watch', '--json'], { CONNPOOL_TOKEN: 't' });
    await waitFor('two looks', () => watching.stdout.split('\n').length > 2, { timeoutMs: 15_000 });
    watching.child.stdout!.destroy();
    const { exitCode } = await watching.ended;
    assert.equal(exitCode, 0);
    const [first, second] = watching.stdout
      .split('\n')
      .map((line) => line && (JSON.parse(line) as StatsReport));
    assert.ok(first && second && second.at - first.at >= 900);
  });

  it('exit with 2 when there is no manager to ask, or something else answers', async () => {
    const other = createServer((_, response) => void response.end('<html>')).listen(0, '127.0.0.1');
    await once(other, 'listening');
    test.atEnd(async () => void other.close());
    const { port } = other.address() as AddressInfo;
    const [free] = await freePorts(1);
    const cases: [command: string, url: string, message: RegExp][] = [
      ['health', `http://127.0.0.1:${free}`, /cannot reach http:\/\/127\.0\.0\.1:\d+: .*ECONNREFUSED/],
      ['stats', `http://127.0.0.1:${port}`, /answered 200, but not as connpool's admin server does/],
      ['health', 'nonsense', /--url must be a URL such as/],
    ];
    for (const [command, target, message] of cases) {
      const { exitCode, output } = await cliHere(command, '--url', target);
      assert.equal(exitCode, 2);
      assert.match(output, message);
    }
    const refused = await cliHere('stats', '--url', url, '--token', 'wrong');
    assert.deepEqual([refused.exitCode, /answered 401: a bearer token/.test(refused.output)], [2, true]);
  });
});
