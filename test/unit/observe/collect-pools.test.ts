import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { afterEach, describe, it } from 'mocha';
import { Counter, Registry } from 'prom-client';
import type { NodeStats } from '../../../lib/cluster/cluster-stats.js';
import { collectPools } from '../../../lib/observe/prometheus/index.js';
import type { ConnPool } from '../../../lib/pool/index.js';
import { sharedClient } from '../../../lib/pool/shared-client.js';
import { rejection, withClock } from '../middleware/call-fixture.js';
import { clusterOf, pool, sharedNode } from './observed-fixture.js';

const open: ConnPool<object>[] = [];
function made(options: Parameters<typeof pool>[0] = {}): ConnPool<object> {
  const one = pool(options);
  open.push(one);
  return one;
}

async function page(register: Registry): Promise<Map<string, number>> {
  const lines = (await register.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const series = lines.map((line) => /^(.*) (\S+)$/.exec(line)!);
  assert.equal(new Set(series.map((s) => s[1])).size, series.length, 'no series appears twice');
  return new Map(series.map(([, name, value]) => [name!, Number(value)]));
}

describe('collectPools', () => {
  afterEach(async () => {
    await Promise.all(open.splice(0).map((one) => one.close()));
  });

  it('gives a pool’s figures as they are when the registry is scraped', async () => {
    const register = new Registry();
    const p = made({ name: 'p', maxActive: 2 });
    const stop = collectPools(register, [p], { durations: false });
    const first = await p.get();
    const second = await p.get();
    const waiting = p.get();
    await second.close(true);
    await (await waiting).close();

    let figures = await page(register);
    const of = (name: string) => figures.get(`connpool_${name}{pool="p"}`);
    assert.equal(of('pool_size'), 2);
    assert.equal(of('pool_active_connections'), 1);
    assert.equal(of('pool_idle_connections'), 1);
    assert.equal(of('pool_waiting_requests'), 0);
    assert.equal(of('pool_dialing_connections'), 0);
    assert.equal(of('pool_max_connections'), 2);
    assert.equal(of('requests_total'), 3);
    assert.equal(of('connections_created_total'), 3);
    assert.equal(of('dials_total'), 3);
    assert.equal(of('pool_waits_total'), 1);
    assert.equal(figures.get('connpool_connections_destroyed_total{pool="p",reason="broken"}'), 1);

    await first.close();
    figures = await page(register);
    assert.equal(of('pool_active_connections'), 0);
    assert.equal(of('pool_idle_connections'), 2);
    assert.equal(of('requests_total'), 3, 'counters are read anew, not added up');
    stop();
  });

  it('counts what went wrong', async () => {
    const register = new Registry();
    const p = made({
      name: 'p',
      maxActive: 1,
      maxWaiting: 1,
      dial: () => Promise.reject(new Error('down')),
    });
    const stop = collectPools(register, [p], { durations: false });
    await rejection(p.get());
    const q = made({ name: 'q', maxActive: 1, maxWaiting: 1 });
    const stopQ = collectPools(register, [q], { prefix: 'other', durations: false });
    const held = await q.get();
    const late = rejection(q.get({ timeoutMs: 1 }));
    await rejection(q.get());
    await late;
    await held.close();

    const figures = await page(register);
    assert.equal(figures.get('connpool_dial_errors_total{pool="p"}'), 1);
    assert.equal(figures.get('other_pool_rejected_total{pool="q"}'), 1);
    assert.equal(figures.get('other_pool_wait_timeouts_total{pool="q"}'), 1);
    stop();
    stopQ();
  });

  it('counts the time that calls waited, in seconds', () =>
    withClock(async (clock) => {
      const register = new Registry();
      const p = made({ name: 'p', maxActive: 1, idleTimeoutMs: 0 });
      const stop = collectPools(register, [p], { durations: false });
      const held = await p.get();
      const waiting = p.get();
      await clock.tickAsync(1_500);
      await held.close();
      await (await waiting).close();
      const figures = await page(register);
      assert.equal(figures.get('connpool_pool_waits_total{pool="p"}'), 1);
      assert.equal(figures.get('connpool_pool_wait_seconds_total{pool="p"}'), 1.5);
      stop();
      await p.close();
    }));

  it('has the names of a gRPC pool’s metrics with the prefix grpc', async () => {
    const register = new Registry();
    const p = made({ name: 'p' });
    const stop = collectPools(register, [p], { prefix: 'grpc' });
    await p.do(() => 1);
    const text = await register.metrics();
    for (const [name, type] of [
      ['grpc_pool_size', 'gauge'],
      ['grpc_pool_active_connections', 'gauge'],
      ['grpc_pool_idle_connections', 'gauge'],
      ['grpc_connections_created_total', 'counter'],
      ['grpc_connections_destroyed_total', 'counter'],
      ['grpc_requests_total', 'counter'],
      ['grpc_request_duration_seconds', 'histogram'],
      ['grpc_service_discovery_nodes', 'gauge'],
      ['grpc_service_discovery_updates_total', 'counter'],
      ['grpc_service_discovery_errors_total', 'counter'],
    ] as const) {
      assert.ok(text.includes(`# TYPE ${name} ${type}\n`), name);
    }
    assert.match(text, /^grpc_request_duration_seconds_count\{pool="p"\} 1$/m);
    stop();
  });

  it('labels a cluster’s pools with the cluster and the node, and gives the cluster’s own figures', async () => {
    const register = new Registry();
    const p = made({ name: 'p' });
    await p.do(() => 1);
    const nodes = (): NodeStats[] => [
      sharedNode('a', { weight: 2, inFlight: 3, source: p.stats(), calls: 7, failures: 1 }),
      sharedNode('b', { state: 'open', breaker: 'open', calls: 5, callMsTotal: 2_500 }),
      sharedNode('c', { state: 'half-open', breaker: 'half-open' }),
      sharedNode('d', { state: 'ejected' }),
      sharedNode('e', { state: 'draining' }),
    ];
    const discovery = { nodes: 3, updates: 4, errors: 5 };
    const stop = collectPools(
      register,
      [clusterOf('k', nodes, { discovery, calls: 20, rejected: 2, waiting: 1, panicking: true })],
      { durations: false },
    );
    const figures = await page(register);
    const of = (name: string, node?: string) =>
      figures.get(
        node === undefined ? `connpool_${name}{cluster="k"}` : `connpool_${name}{cluster="k",node="${node}"}`,
      );

    assert.equal(figures.get('connpool_pool_size{pool="p",cluster="k",node="a"}'), 1);
    assert.equal(figures.get('connpool_requests_total{pool="p",cluster="k",node="a"}'), 7);
    assert.equal(figures.get('connpool_request_errors_total{pool="p",cluster="k",node="a"}'), 1);
    assert.equal(figures.get('connpool_pool_size{pool="b-client",cluster="k",node="b"}'), 1);
    assert.equal(
      figures.get('connpool_request_duration_seconds_sum{pool="b-client",cluster="k",node="b"}'),
      2.5,
    );
    assert.equal(
      figures.get('connpool_request_duration_seconds_count{pool="b-client",cluster="k",node="b"}'),
      5,
    );
    assert.equal(of('cluster_nodes'), 4);
    assert.equal(of('cluster_unhealthy_nodes'), 3);
    assert.equal(of('cluster_panicking'), 1);
    assert.equal(of('cluster_waiting_requests'), 1);
    assert.equal(of('cluster_requests_total'), 20);
    assert.equal(of('cluster_rejected_total'), 2);
    assert.equal(of('node_in_flight', 'a'), 3);
    assert.equal(of('node_weight', 'a'), 2);
    assert.equal(of('node_breaker_state', 'a'), 0);
    assert.equal(of('node_breaker_state', 'b'), 2);
    assert.equal(of('node_breaker_state', 'c'), 1);
    assert.equal(of('service_discovery_nodes'), 3);
    assert.equal(of('service_discovery_updates_total'), 4);
    assert.equal(of('service_discovery_errors_total'), 5);
    stop();
  });

  it('drops the series of a node that is gone, and asks a function for its sources at every scrape', async () => {
    const register = new Registry();
    let ids = ['a', 'b'];
    const stop = collectPools(register, () => [clusterOf('k', () => ids.map((id) => sharedNode(id)))], {
      prefix: 'x',
    });
    assert.equal((await page(register)).get('x_node_weight{cluster="k",node="a"}'), 1);
    ids = ['b'];
    const figures = await page(register);
    assert.equal(figures.get('x_node_weight{cluster="k",node="a"}'), undefined);
    assert.equal(figures.get('x_cluster_nodes{cluster="k"}'), 1);
    stop();
  });

  it('reads each source once per scrape', async () => {
    const register = new Registry();
    const source = sharedClient({}, { name: 's' });
    let reads = 0;
    const counting = {
      stats: () => {
        reads++;
        return source.stats();
      },
    };
    const stop = collectPools(register, [counting]);
    reads = 0;
    await register.metrics();
    assert.equal(reads, 1);
    await register.metrics();
    assert.equal(reads, 2);
    stop();
  });

  it('leaves out the limit of a pool without one and the counters of a source that has none', async () => {
    const register = new Registry();
    const p = made({ name: 'p', maxActive: Infinity });
    const stop = collectPools(register, [p, sharedClient({}, { name: 's' })], { durations: false });
    const figures = await page(register);
    assert.equal(figures.get('connpool_pool_max_connections{pool="p"}'), undefined);
    assert.equal(figures.get('connpool_pool_size{pool="s"}'), 1);
    assert.equal(figures.get('connpool_requests_total{pool="s"}'), undefined);
    assert.equal(figures.get('connpool_connections_created_total{pool="s"}'), undefined);
    stop();
  });

  it('counts a client that was taken out of its pool among those created', async () => {
    const register = new Registry();
    const p = made({ name: 'p' });
    const stop = collectPools(register, [p]);
    (await p.get()).detach();
    await p.do(() => 1);
    const figures = await page(register);
    assert.equal(figures.get('connpool_connections_created_total{pool="p"}'), 2);
    assert.equal(figures.get('connpool_connections_detached_total{pool="p"}'), 1);
    stop();
  });

  it('adds up pools that have the same name', async () => {
    const register = new Registry();
    const twins = [made({ name: 'p' }), made({ name: 'p' })];
    const stop = collectPools(register, twins);
    for (const twin of twins) await twin.do(() => 1);
    const figures = await page(register);
    assert.equal(figures.get('connpool_pool_size{pool="p"}'), 2);
    assert.equal(figures.get('connpool_requests_total{pool="p"}'), 2);
    stop();
  });

  it('takes its metrics out of the registry again, so that it can be called anew', async () => {
    const register = new Registry();
    for (let i = 0; i < 2; i++) {
      const stop = collectPools(register, new Set([made()]));
      assert.notEqual(await register.metrics(), '\n');
      stop();
      assert.equal((await register.metrics()).trim(), '');
    }
  });

  it('refuses a prefix whose names the registry has already, and registers nothing then', async () => {
    const register = new Registry();
    new Counter({ name: 'grpc_requests_total', help: 'another', registers: [register] });
    assert.throws(() => collectPools(register, [made()], { prefix: 'grpc' }), {
      code: 'ERR_INVALID_OPTION',
      option: 'prefix',
    });
    assert.equal(register.getMetricsAsArray().length, 1);
  });

  for (const [register, sources, options, option] of [
    [{}, [], {}, 'register'],
    [undefined, [], {}, 'register'],
    [new Registry(), undefined, {}, 'sources'],
    [new Registry(), 'pool', {}, 'sources'],
    [new Registry(), [{}], {}, 'sources'],
    [new Registry(), [null], {}, 'sources'],
    [new Registry(), [], { prefix: '' }, 'prefix'],
    [new Registry(), [], { prefix: 'a-b' }, 'prefix'],
    [new Registry(), [], { durations: [2, 1] }, 'durations'],
    [new Registry(), [], { durations: 'yes' }, 'durations'],
    [new Registry(), [], { labels: {} }, 'labels'],
    [new Registry(), [], null, 'options'],
  ] as const) {
    it(`refuses ${inspect([sources, options], { breakLength: Infinity })}, naming '${option}'`, () => {
      assert.throws(() => collectPools(register as never, sources as never, options as never), {
        code: 'ERR_INVALID_OPTION',
        option,
      });
    });
  }
});
