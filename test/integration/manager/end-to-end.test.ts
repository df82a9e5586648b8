import assert from 'node:assert/strict';
import { type ServerProcess, startServerProcess } from '../../../examples/thrift/server-process.js';
import type { StatsReport } from '../../../lib/manager/admin/reports.js';
import { type ConsulAgent, requireConsul } from '../../support/consul-agent.js';
import { waitFor } from '../../support/wait-for.js';
import { type CliProcess, startCli } from '../cli/cli-process.js';
import { startTestbedProcess } from '../grpc/fixture.js';
import { AppProcess } from './app-process.js';
import { EventReader } from './event-reader.js';
import { Testing } from './fixture.js';
import { Scrape } from './scrape.js';

/** What a config of this test says differently from the first one. */
interface Variant {
  readonly usersMaxActive?: number;
  readonly searchBalancer?: string;
}

const test = new Testing();

/**
 * Six servers in processes of their own, found through a real Consul; an app with a manager in it that calls them
 * all the time; and `connpool start` with the same config beside it, as a sidecar that watches the same servers.
 */
describe('from one end to the other', function () {
  this.timeout(60_000);
  let agent: ConsulAgent;
  let [users, search]: ServerProcess[][] = [];
  let app: AppProcess;
  let sidecar: CliProcess;
  /** The admin servers of both. */
  let urls: string[];

  before(async function () {
    await test.begin();
    agent = await requireConsul(this);
    test.atEnd(() => agent.stop());
    const three = <T>(make: () => Promise<T>) => Promise.all([make(), make(), make()]);
    [users, search] = await Promise.all([
      three(() => startTestbedProcess('--health', '1')),
      three(() => startServerProcess('--port', '0')),
    ]);
    test.atEnd(() => Promise.all([...users!, ...search!].map((server) => server.stop('SIGKILL'))));
    for (const [name, servers] of Object.entries({ users: users!, search: search! })) {
      for (const { address } of servers) {
        const instance = {
          ID: `${name}-${address}`,
          Name: name,
          Address: '127.0.0.1',
          Port: Number(address),
        };
        await agent.api.register(instance);
      }
    }
    const file = await writeConfig({});
    sidecar = startCli(['start', '-c', file, '--port', '0']);
    test.atEnd(async () => {
      sidecar.child.kill('SIGKILL');
      await sidecar.ended;
    });
    app = await AppProcess.start(file, 'users=4', 'search=4');
    test.atEnd(() => app.kill());
    urls = [app.url, (await sidecar.saw(/services, (http:\S+)/))[1]!];
  });
  after(() => test.end());
  beforeEach(() => app.resume());

  function writeConfig({ usersMaxActive = 4, searchBalancer = 'roundRobin' }: Variant): Promise<string> {
    const common = {
      pool: { initialSize: 1, maxActive: 4, connectRetries: 0, connectTimeout: '2s' },
      breaker: { maxFails: 1, cooldown: '100ms' },
    };
    const consul = (service: string) => ({ type: 'consul', address: agent.address, service });
    return test.write('connpool.json', {
      services: {
        users: {
          ...common,
          discovery: consul('users'),
          pool: { ...common.pool, maxActive: usersMaxActive },
          balancer: 'roundRobin',
          health: { service: '', interval: '200ms', timeout: '2s' },
        },
        search: {
          ...common,
          protocol: 'thrift',
          discovery: consul('search'),
          balancer: searchBalancer,
          health: { interval: '200ms', timeout: '2s' },
        },
      },
      admin: { port: 0 },
      stopTimeout: '10s',
    });
  }

  const stats = async (url: string) => (await (await fetch(`${url}/stats`)).json()) as StatsReport;
  const scrape = (url: string) => Scrape.of(`${url}/metrics`);

  /** The states of a service's nodes, by port. */
  async function nodeStates(url: string, service: string): Promise<Record<string, string>> {
    const { services } = await stats(url);
    const nodes = services.find(({ name }) => name === service)?.cluster?.nodes ?? [];
    return Object.fromEntries(nodes.map(({ port, state }) => [`${port}`, state]));
  }

  async function allHealthy(): Promise<void> {
    const healthy = async (url: string, service: string) => {
      const states = Object.values(await nodeStates(url, service));
      return states.length === 3 && states.every((state) => state === 'healthy');
    };
    for (const url of urls) {
      for (const service of ['users', 'search'])
        await waitFor(`${service} at ${url} to be healthy`, () => healthy(url, service), {
          timeoutMs: 10_000,
        });
    }
  }

  /** Waits until so many more calls of each service were answered. */
  async function underLoad(count = 100): Promise<void> {
    const answered = async () => (await stats(app.url)).services.map(({ calls }) => calls.calls);
    const before = await answered();
    await waitFor(
      `${count} more calls of each service`,
      async () => (await answered()).every((calls, i) => calls >= before[i]! + count),
      { timeoutMs: 10_000 },
    );
  }

  /** Every connection that was made is there or was closed. */
  async function assertConnectionsAddUp(): Promise<void> {
    for (const url of urls) {
      const metrics = await scrape(url);
      for (const prefix of ['grpc', 'connpool']) {
        const [created, destroyed, size] = [
          'connections_created_total',
          'connections_destroyed_total',
          'pool_size',
        ];
        const sum = (name: string) => metrics.sum(`${prefix}_${name}`);
        assert.equal(sum(created!) - sum(destroyed!), sum(size!), `${prefix} at ${url}`);
      }
    }
  }

  it('finds every server, and every figure agrees with what the app did', async () => {
    await allHealthy();
    await underLoad();
    const accounts = await app.pause();
    const [metrics, beside] = [await scrape(app.url), await scrape(urls[1]!)];
    for (const [service, prefix] of [
      ['users', 'grpc'],
      ['search', 'connpool'],
    ] as const) {
      const { started, answered, failed, refused } = accounts[service]!;
      assert.deepEqual([failed, refused, answered], [[], 0, started]);
      const of = { cluster: service };
      const sum = (name: string) => metrics.sum(`${prefix}_${name}`, of);
      assert.equal(sum('cluster_requests_total'), started);
      assert.equal(sum('requests_total'), started);
      assert.equal(sum('request_duration_seconds_count'), started);
      assert.equal(sum('request_errors_total'), 0);
      assert.deepEqual([sum('pool_active_connections'), sum('node_in_flight')], [0, 0]);
      for (const each of [metrics, beside]) {
        assert.equal(each.sum(`${prefix}_service_discovery_nodes`, of), 3);
        assert.equal(each.sum(`${prefix}_cluster_unhealthy_nodes`, of), 0);
        assert.equal(each.sum('connpool_service_ready', { service }), 1);
      }
      assert.equal(beside.sum(`${prefix}_cluster_requests_total`, of), 0, 'the sidecar calls nobody');
      assert.ok(beside.sum(`${prefix}_pool_size`, of) >= 3, 'and has connections all the same');
      const figures = (await stats(app.url)).services.find(({ name }) => name === service)!.calls;
      assert.deepEqual([figures.calls, figures.failures], [started, 0]);
      // Round robin.
      const perNode = Object.values(metrics.values(`${prefix}_requests_total`, 'node', of));
      assert.ok(Math.max(...perNode) - Math.min(...perNode) <= 8, perNode.join());
    }
    await assertConnectionsAddUp();
  });

  it('answers at every route', async () => {
    for (const url of urls) {
      for (const path of ['/', '/assets/app.js', '/metrics', '/stats', '/health', '/health?service=users']) {
        const response = await fetch(`${url}${path}`);
        assert.equal(response.status, 200, `${url}${path}: ${await response.text()}`);
      }
      const reader = await EventReader.open(`${url}/events`);
      for (const event of ['config', 'recent', 'snapshot']) assert.ok(await reader.next(event));
      await reader.close();
    }
  });

  it('loses no call while servers are killed and come back', async () => {
    await underLoad();
    const ports = [users![0]!, search![0]!].map(({ address }) => address);
    await Promise.all([users![0]!.stop('SIGKILL'), search![0]!.stop('SIGKILL')]);
    for (const url of urls) {
      for (const [i, service] of ['users', 'search'].entries()) {
        const isOut = async () => (await nodeStates(url, service))[ports[i]!] !== 'healthy';
        await waitFor(`${url} to see that a server of ${service} is gone`, isOut, { timeoutMs: 10_000 });
      }
      assert.equal((await fetch(`${url}/health`)).status, 200, 'two of three will do');
    }
    await underLoad();
    const now = await scrape(app.url);
    const broken = (prefix: string) =>
      now.values(`${prefix}_connections_destroyed_total`, 'node', { reason: 'broken' });
    assert.ok(broken('grpc')[`127.0.0.1:${ports[0]}`]! > 0);
    assert.ok(broken('connpool')[`127.0.0.1:${ports[1]}`]! > 0);

    [users![0], search![0]] = await Promise.all([
      startTestbedProcess('--health', '1', '--port', ports[0]!),
      startServerProcess('--port', ports[1]!),
    ]);
    await allHealthy();
    await underLoad();
    const accounts = await app.pause();
    for (const { started, answered, failed } of Object.values(accounts))
      assert.deepEqual([failed, answered], [[], started]);
    await assertConnectionsAddUp();
    const metrics = await scrape(app.url);
    assert.equal(metrics.sum('grpc_cluster_requests_total'), accounts.users!.started);
    assert.equal(metrics.sum('connpool_cluster_requests_total'), accounts.search!.started);
    const runs = metrics.sum('grpc_requests_total') + metrics.sum('connpool_requests_total');
    const errors = metrics.sum('grpc_request_errors_total') + metrics.sum('connpool_request_errors_total');
    assert.equal(
      runs - errors,
      accounts.users!.started + accounts.search!.started,
      'retries make the difference',
    );
  });

  it('loses no call while the config is reloaded', async () => {
    await underLoad();
    const maxActive = async (url: string) =>
      (await stats(url)).services[0]!.cluster!.nodes.map(({ source }) => source.maxActive);
    await writeConfig({ usersMaxActive: 6, searchBalancer: 'leastLoaded' });
    await sidecar.saw(/config reloaded: configured users; replaced search/);
    for (const url of urls)
      await waitFor('the new limits', async () => (await maxActive(url)).every((limit) => limit === 6));
    await underLoad();

    await writeConfig({ usersMaxActive: 0 });
    await sidecar.saw(/refused, the old one stays: .*\n.*users\.pool\.maxActive: must be an integer from 1/);
    await writeConfig({ usersMaxActive: 6, searchBalancer: 'leastLoaded' });
    await underLoad();

    const accounts = await app.pause();
    for (const { started, answered, failed } of Object.values(accounts))
      assert.deepEqual([failed, answered], [[], started]);
    const metrics = await scrape(app.url);
    assert.equal(metrics.sum('grpc_cluster_requests_total'), accounts.users!.started);
    const { services } = await stats(app.url);
    assert.deepEqual(
      services.map(({ calls }) => calls.calls),
      [accounts.users!.started, accounts.search!.started],
      'what has been replaced is counted on',
    );
    await assertConnectionsAddUp();
  });

  it('loses no call when it is ended, and exits with 0', async () => {
    await underLoad();
    app.signal('SIGTERM');
    sidecar.child.kill('SIGTERM');
    const [{ exitCode, accounts }, beside] = await Promise.all([app.ended(), sidecar.ended]);
    assert.equal(exitCode, 0, app.output);
    assert.equal(beside.exitCode, 0, beside.stderr);
    for (const { started, answered, failed, refused } of Object.values(accounts!)) {
      assert.deepEqual([failed, started], [[], answered + refused]);
      assert.ok(answered > 300);
    }
  });
});
