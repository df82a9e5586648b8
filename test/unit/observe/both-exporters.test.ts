import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { Registry } from 'prom-client';
import { collectPools as collectForOtel } from '../../../lib/observe/otel/index.js';
import { collectPools } from '../../../lib/observe/prometheus/index.js';
import type { Observed } from '../../../lib/observe/sources.js';
import { withClock } from '../middleware/call-fixture.js';
import { clusterOf, pool, sharedNode } from './observed-fixture.js';
import { meterWithReader } from './otel-fixture.js';

/** What both exporters say of a source, by the metrics' names: the values of each metric's points. */
async function exported(source: Observed) {
  const register = new Registry();
  const stopPrometheus = collectPools(register, [source], { durations: false });
  const { meter, collect } = meterWithReader();
  const stopOtel = collectForOtel(meter, [source], { durations: false });
  const [metrics, seen] = [await register.getMetricsAsJSON(), await collect()];
  stopPrometheus();
  stopOtel();
  const values = (name: string) => metrics.find((metric) => metric.name === `connpool_${name}`)?.values ?? [];
  return {
    prometheus: (name: string) => values(name).map(({ value }) => value),
    /** The values by one label. */
    by: (name: string, label: string) =>
      Object.fromEntries(
        values(name).map(({ labels, value }) => [(labels as Record<string, string>)[label], value]),
      ),
    otel: (name: string) => seen[name]?.points.map(({ value }) => value) ?? [],
    unit: (name: string) => seen[name]?.unit,
  };
}

describe('Prometheus and OpenTelemetry alike', () => {
  it('count the clients that callers took out of a pool', async () => {
    const p = pool({ name: 'p' });
    (await p.get()).detach();
    const seen = await exported(p);
    assert.deepEqual(seen.prometheus('connections_detached_total'), [1]);
    assert.deepEqual(seen.otel('connpool.connection.detached'), [1]);
    await p.close();
  });

  it('count heartbeats, and those that failed', () =>
    withClock(async (clock) => {
      let isAlive = true;
      const p = pool({ name: 'p', heartbeat: () => isAlive, heartbeatIntervalMs: 1_000 });
      await p.do(() => 1);
      isAlive = false;
      await clock.tickAsync(1_500);
      const seen = await exported(p);
      assert.deepEqual(seen.prometheus('heartbeats_total'), [2]);
      assert.deepEqual(seen.otel('connpool.connection.heartbeats'), [2]);
      assert.deepEqual(seen.prometheus('heartbeat_errors_total'), [1]);
      assert.deepEqual(seen.otel('connpool.connection.heartbeat_errors'), [1]);
      await p.close();
    }));

  it('count connections that are held too long', () =>
    withClock(async (clock) => {
      const p = pool({ name: 'p', leakDetectionMs: 1_000 });
      const held = await p.get();
      await clock.tickAsync(3_000);
      const seen = await exported(p);
      assert.deepEqual(seen.prometheus('leaks_total'), [1]);
      assert.deepEqual(seen.otel('connpool.connection.leaks'), [1]);
      await held.close();
      await p.close();
    }));

  it('count the calls that queued, and for how many seconds', () =>
    withClock(async (clock) => {
      const p = pool({ name: 'p', maxActive: 1, idleTimeoutMs: 0 });
      const held = await p.get();
      const waiting = p.get();
      await clock.tickAsync(1_500);
      await held.close();
      await (await waiting).close();
      const seen = await exported(p);
      assert.deepEqual(seen.prometheus('pool_waits_total'), [1]);
      assert.deepEqual(seen.otel('connpool.requests.queued'), [1]);
      assert.deepEqual(seen.prometheus('pool_wait_seconds_total'), [1.5]);
      assert.deepEqual(seen.otel('connpool.requests.queue_time'), [1.5]);
      assert.equal(seen.unit('connpool.requests.queue_time'), 's');
      await p.close();
    }));

  it('tell a paused pool, dials under way and connections that are being closed', async () => {
    let closed = () => {};
    const p = pool({ name: 'p', close: () => new Promise<void>((resolve) => (closed = resolve)) });
    const leaving = (await p.get()).close(true);
    p.pause();
    const seen = await exported(p);
    assert.deepEqual([seen.prometheus('pool_paused'), seen.otel('connpool.pool.paused')], [[1], [1]]);
    assert.deepEqual(seen.prometheus('pool_closing_connections'), [1]);
    assert.deepEqual(seen.otel('connpool.connection.closing'), [1]);
    closed();
    await leaving;
    p.resume();
    assert.deepEqual((await exported(p)).prometheus('pool_paused'), [0]);
    await p.close();
  });

  it('tell panic, and the calls that a cluster has under way', async () => {
    const cluster = clusterOf('k', () => [sharedNode('a')], { panicking: true, running: 4, waiting: 2 });
    const seen = await exported(cluster);
    assert.deepEqual(
      [seen.prometheus('cluster_panicking'), seen.otel('connpool.cluster.panicking')],
      [[1], [1]],
    );
    assert.deepEqual(seen.prometheus('cluster_running_requests'), [4]);
    assert.deepEqual(seen.otel('connpool.cluster.running_requests'), [4]);
    assert.deepEqual(seen.otel('connpool.cluster.waiting_requests'), [2]);
    const calm = await exported(clusterOf('k', () => [sharedNode('a')]));
    assert.deepEqual(
      [calm.prometheus('cluster_panicking'), calm.otel('connpool.cluster.panicking')],
      [[0], [0]],
    );
  });

  it('tell which nodes take calls, and how much of them', async () => {
    const node = sharedNode('a', {
      available: false,
      weight: 5,
      trafficShare: 0.3,
      callMsTotal: 2_500,
      failures: 3,
    });
    const seen = await exported(clusterOf('k', () => [node]));
    assert.deepEqual([seen.prometheus('node_available'), seen.otel('connpool.node.available')], [[0], [0]]);
    assert.deepEqual([seen.prometheus('node_weight'), seen.otel('connpool.node.weight')], [[5], [5]]);
    assert.deepEqual(seen.prometheus('node_traffic_share'), [0.3]);
    assert.deepEqual(seen.otel('connpool.node.traffic_share'), [0.3]);
    assert.deepEqual(seen.prometheus('node_call_seconds_total'), [2.5]);
    assert.deepEqual(seen.otel('connpool.node.call_time'), [2.5]);
    assert.deepEqual(seen.otel('connpool.requests.failed'), [3]);
  });

  it('count the nodes in each state, zeros included', async () => {
    const nodes = () => [
      sharedNode('a'),
      sharedNode('b', { state: 'ejected' }),
      sharedNode('c', { state: 'ejected' }),
      sharedNode('d', { state: 'draining' }),
    ];
    const seen = await exported(clusterOf('k', nodes));
    const byState = {
      healthy: 1,
      'slow-start': 0,
      warming: 0,
      'half-open': 0,
      open: 0,
      ejected: 2,
      unhealthy: 0,
      draining: 1,
    };
    assert.deepEqual(seen.by('cluster_nodes_by_state', 'state'), byState);
    assert.deepEqual(seen.otel('connpool.cluster.nodes_by_state'), Object.values(byState));
  });

  it('add up the calls of a node that drains and its successor of the same id, and not their weights', async () => {
    const twin = { weight: 2, inFlight: 1, breaker: 'open' as const };
    const nodes = () => [sharedNode('a', twin), sharedNode('a', { ...twin, state: 'draining' })];
    const seen = await exported(clusterOf('k', nodes));
    assert.deepEqual([seen.prometheus('node_in_flight'), seen.otel('connpool.node.in_flight')], [[2], [2]]);
    assert.deepEqual([seen.prometheus('node_weight'), seen.otel('connpool.node.weight')], [[2], [2]]);
    assert.deepEqual([seen.prometheus('node_breaker_state'), seen.otel('connpool.node.breaker')], [[2], [2]]);
  });
});
