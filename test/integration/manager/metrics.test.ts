import assert from 'node:assert/strict';
import type { PoolManager } from '../../../lib/manager/pool-manager.js';
import { waitFor } from '../../support/wait-for.js';
import { at, calls, failureOf, type ServiceInput, smallPool, staticAt, Testing } from './fixture.js';
import { Scrape } from './scrape.js';

const test = new Testing();

describe('the metrics of a manager', () => {
  beforeEach(() => test.begin());
  afterEach(() => test.end());

  const scrape = (manager: PoolManager) => Scrape.of(`${manager.adminUrl}/metrics`);

  it('have the names that dashboards know, with prefix grpc for gRPC and connpool for all else', async () => {
    const [grpc, thrift, lines] = [await test.grpc(), await test.thrift(), await test.lines()];
    const manager = await test.started({
      services: {
        users: { discovery: staticAt(grpc), pool: smallPool },
        search: { protocol: 'thrift', discovery: staticAt(thrift), pool: smallPool },
        lines: { protocol: 'tcp', discovery: staticAt(lines), pool: smallPool },
      },
      admin: { port: 0 },
    });
    await manager.ready();
    const metrics = await scrape(manager);
    const names = [
      'pool_size',
      'pool_active_connections',
      'pool_idle_connections',
      'connections_created_total',
      'connections_destroyed_total',
      'requests_total',
      'request_duration_seconds',
      'request_errors_total',
      'heartbeats_total',
      'heartbeat_errors_total',
      'cluster_unhealthy_nodes',
      'node_breaker_state',
      'service_discovery_nodes',
      'service_discovery_updates_total',
      'service_discovery_errors_total',
    ];
    for (const prefix of ['grpc', 'connpool']) {
      for (const name of names) assert.ok(metrics.types.has(`${prefix}_${name}`), `${prefix}_${name}`);
    }
    assert.deepEqual(metrics.values('grpc_pool_size', 'cluster'), { users: 1 });
    assert.deepEqual(metrics.values('connpool_pool_size', 'cluster'), { search: 1, lines: 1 });
    assert.deepEqual(metrics.values('connpool_service_ready', 'service'), { users: 1, search: 1, lines: 1 });
  });

  it('tell whether the config that came last is in force', async () => {
    const manager = await test.started({ services: {}, admin: { port: 0 } });
    const told: string[] = [];
    manager.on('service', ({ service, event, detail }) => told.push(`${service} ${event}: ${detail}`));
    const isInForce = async () => (await scrape(manager)).sum('connpool_config_last_reload_successful');
    assert.equal(await isInForce(), 1);
    await failureOf(manager.reload({ services: {}, admin: { port: -1 } }));
    assert.equal(await isInForce(), 0);
    assert.match(told.join('\n'), /^undefined configRefused: .*admin\.port: must be an integer/s);
    await manager.reload({ services: {}, admin: { port: 0 } });
    assert.equal(await isInForce(), 1);
  });

  it('agree with what happened', async () => {
    const [a, b] = [await test.grpc(), await test.grpc()];
    const manager = await test.started({
      services: {
        users: {
          discovery: staticAt(a, b),
          pool: { ...smallPool, initialSize: 0 },
          balancer: 'roundRobin',
          breaker: { maxFails: 1, cooldown: '1h' },
          health: { interval: '1h' },
        },
      },
      admin: { port: 0 },
    });
    await manager.ready();
    await waitFor('both', async () => (await scrape(manager)).sum('grpc_cluster_nodes') === 2);
    for (let i = 0; i < 10; i++) await calls.grpc(manager, `${i}`);
    const under = Array.from({ length: 4 }, () => calls.grpc(manager, 'slow 200'));
    await waitFor('calls under way', async () => (await scrape(manager)).sum('grpc_node_in_flight') === 4);
    const busy = await scrape(manager);
    assert.equal(busy.sum('grpc_pool_active_connections'), 4);
    assert.deepEqual(busy.values('grpc_pool_size', 'node'), { [at(a)]: 2, [at(b)]: 2 });
    await Promise.all(under);
    await failureOf(calls.grpc(manager, 'fail NOT_FOUND'));
    await failureOf(calls.grpc(manager, 'fail INTERNAL'));

    const metrics = await scrape(manager);
    assert.deepEqual(metrics.values('grpc_requests_total', 'node'), { [at(a)]: 8, [at(b)]: 8 });
    assert.equal(metrics.sum('grpc_cluster_requests_total'), 16);
    assert.equal(metrics.sum('grpc_request_duration_seconds_count'), 16);
    assert.ok(metrics.sum('grpc_request_duration_seconds_sum') >= 0.8);
    assert.equal(metrics.sum('grpc_request_errors_total'), 1, 'NOT_FOUND is an answer');
    assert.equal(metrics.sum('grpc_pool_active_connections'), 0);
    assert.equal(metrics.sum('grpc_connections_created_total'), 4);
    assert.equal(metrics.sum('grpc_service_discovery_nodes'), 2);
    assert.equal(metrics.sum('grpc_cluster_unhealthy_nodes'), 1);
    assert.deepEqual(Object.values(metrics.values('grpc_node_breaker_state', 'node')).sort(), [0, 2]);

    b.kill();
    await waitFor('its connections to be gone', async () => {
      const now = await scrape(manager);
      return now.sum('grpc_connections_destroyed_total') === 2;
    });
    const after = await scrape(manager);
    assert.deepEqual(after.values('grpc_connections_destroyed_total', 'reason', { node: at(b) }).broken, 2);
    assert.equal(after.values('grpc_pool_size', 'node')[at(b)], 0);
  });

  it('follow a reload: services and endpoints that left are gone', async () => {
    const lines = await test.lines();
    const service: ServiceInput = { protocol: 'tcp', discovery: staticAt(lines), pool: smallPool };
    const manager = await test.started({ services: { a: service, b: service }, admin: { port: 0 } });
    await manager.ready();
    const other = await test.lines('other');
    for (const name of ['a', 'b']) await calls.tcp(manager, 'x', name);
    const durations = async () =>
      (await scrape(manager)).values('connpool_request_duration_seconds_count', 'pool');
    assert.deepEqual(await durations(), { [`a/${at(lines)}`]: 1, [`b/${at(lines)}`]: 1 });
    await manager.reload({
      services: { b: { ...service, discovery: staticAt(other) } },
      admin: { port: 0 },
    });
    assert.deepEqual(await durations(), { [`b/${at(other)}`]: 0 });
    assert.deepEqual((await scrape(manager)).values('connpool_pool_size', 'cluster'), { b: 1 });
  });
});
