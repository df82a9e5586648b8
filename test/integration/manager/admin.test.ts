import assert from 'node:assert/strict';
import type { HealthReport, StatsReport } from '../../../lib/manager/admin/reports.js';
import type { PoolManager } from '../../../lib/manager/pool-manager.js';
import { waitFor } from '../../support/wait-for.js';
import type { LineServer } from '../cluster/line-server.js';
import { EventReader } from './event-reader.js';
import { at, calls, failureOf, type ServiceInput, smallPool, staticAt, Testing } from './fixture.js';

const test = new Testing();

describe('the routes of the admin server', () => {
  let [one, two]: LineServer[] = [];
  let manager: PoolManager;

  beforeEach(async () => {
    await test.begin();
    [one, two] = [await test.lines('one'), await test.lines('two')];
    const service = (server: LineServer): ServiceInput => ({
      protocol: 'tcp',
      discovery: staticAt(server),
      pool: smallPool,
      breaker: { maxFails: 1, cooldown: 20 },
      health: { interval: 50 },
    });
    manager = await test.started({
      services: { first: service(one), second: service(two) },
      admin: { port: 0, metricsPath: '/m/prometheus' },
    });
    await manager.ready();
  });
  afterEach(() => test.end());

  async function get<T>(path: string): Promise<{ status: number; body: T }> {
    const response = await fetch(`${manager.adminUrl}${path}`);
    return { status: response.status, body: (await response.json()) as T };
  }

  it('/health answers 200 while every service is ready, else 503 with the reasons', async () => {
    const ready = { state: 'ready' };
    assert.deepEqual(await get('/health'), {
      status: 200,
      body: { status: 'ok', services: { first: ready, second: ready } },
    });
    await two!.kill();
    await waitFor('the health check to notice', async () => (await get('/health')).status === 503);
    const { body } = await get<HealthReport>('/health');
    assert.deepEqual([body.status, body.services.first], ['unhealthy', ready]);
    assert.equal(body.services.second?.state, 'failed');
    const reason = new RegExp(`no endpoint is usable: ${at(two!)} is (unhealthy|open) \\(.*ECONNREFUSED`);
    assert.match(body.services.second?.reason ?? '', reason);

    const only = (service: string) => get<HealthReport>(`/health?service=${service}`);
    assert.deepEqual(await only('first'), {
      status: 200,
      body: { status: 'ok', services: { first: ready } },
    });
    const { status, body: second } = await only('second');
    assert.deepEqual([status, Object.keys(second.services)], [503, ['second']]);
    assert.equal((await only('third')).status, 404);

    await two!.start();
    await waitFor('it to come back', async () => (await get('/health')).status === 200);
  });

  it('/stats tells of every call, connection and endpoint', async () => {
    for (let i = 0; i < 20; i++) await calls.tcp(manager, `${i}`, 'first');
    const failing = manager.do('first', () => Promise.reject(new Error('no')));
    await failureOf(failing);
    await waitFor('the breaker to let calls through', async () => (await get('/health')).status === 200);
    const { status, body } = await get<StatsReport>('/stats');
    assert.equal(status, 200);
    const [first, second] = body.services;
    assert.deepEqual([first?.name, first?.protocol, first?.state], ['first', 'tcp', 'ready']);
    assert.deepEqual([first?.calls.calls, first?.calls.failures, first?.cluster?.calls], [21, 1, 21]);
    const { p50, p90, p99 } = first!.calls.latencyMs!;
    assert.ok(p50 > 0 && p50 <= p90 && p90 <= p99 && p99 < 1_000);
    const [node] = first!.cluster!.nodes;
    assert.deepEqual([node?.id, node?.calls, node?.failures, node?.inFlight], [at(one!), 21, 1, 0]);
    assert.deepEqual([second?.calls, second?.cluster?.calls], [{ calls: 0, failures: 0 }, 0]);
    const { body: only } = await get<StatsReport>('/stats?service=second');
    assert.deepEqual(
      only.services.map(({ name }) => name),
      ['second'],
    );
    assert.equal((await get('/stats?service=third')).status, 404);
  });

  it('/events tells of what happens as it happens, with the figures', async () => {
    const reader = await EventReader.open(`${manager.adminUrl}/events`);
    const recent = await reader.next('recent');
    assert.ok((recent as { event: string }[]).some(({ event }) => event === 'serviceAdded'));
    const config = (await reader.next('config')) as { services: object };
    assert.deepEqual(Object.keys(config.services), ['first', 'second']);
    const snapshot = (await reader.next('snapshot')) as StatsReport;
    assert.equal(snapshot.services.length, 2);

    await two!.kill();
    const marked = await reader.next('event', ({ event }) => event === 'healthCheckFailed');
    const { service, node, detail } = marked as { service: string; node: string; detail: string };
    assert.deepEqual([service, node, /ECONNREFUSED/.test(detail)], ['second', at(two!), true]);

    await manager.reload({
      services: { first: { protocol: 'tcp', discovery: staticAt(one!) } },
      admin: { port: 0, metricsPath: '/m/prometheus' },
    });
    const changed = (await reader.next('config')) as { services: object };
    assert.deepEqual(Object.keys(changed.services), ['first'], 'a new config is sent');
    await reader.close();
  });

  it('/events ends with the server, also for those who do not read, and leaves nothing behind', async () => {
    const readers = await Promise.all([1, 2].map(() => EventReader.open(`${manager.adminUrl}/events`)));
    const idle = await EventReader.open(`${manager.adminUrl}/events`, { isStalled: true });
    await readers[0]!.next('snapshot');
    await readers[1]!.close();
    await manager.stop({ timeoutMs: 0 });
    await readers[0]!.ended();
    await idle.close();
  });

  it('/ and its files are the dashboard', async () => {
    const page = await fetch(`${manager.adminUrl}/`);
    assert.equal(page.status, 200);
    assert.match(page.headers.get('content-type') ?? '', /^text\/html/);
    const html = await page.text();
    const files = [...html.matchAll(/(?:src|href)="(assets\/[^"]+)"/g)].map(([, file]) => file!);
    assert.ok(files.length > 2);
    for (const file of files) {
      const response = await fetch(`${manager.adminUrl}/${file}`);
      assert.equal(response.status, 200, file);
      assert.ok((await response.text()).length > 0);
    }
    for (const path of ['/assets/nothing.js', '/assets/../../package.json', '/assets/%2e%2e%2fmetrics.ts'])
      assert.equal((await fetch(`${manager.adminUrl}${path}`)).status, 404, path);
  });

  it('where the config says are the metrics, and nothing is anywhere else', async () => {
    const metrics = await fetch(`${manager.adminUrl}/m/prometheus`);
    assert.equal(metrics.status, 200);
    assert.match(metrics.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
    assert.match(await metrics.text(), /^connpool_pool_size\{/m);
    assert.equal((await get('/metrics')).status, 404);
  });
});
