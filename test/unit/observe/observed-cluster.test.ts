import assert from 'node:assert/strict';
import { metrics } from '@opentelemetry/api';
import { describe, it } from 'mocha';
import { Registry } from 'prom-client';
import { Cluster } from '../../../lib/cluster/index.js';
import { collectPools as collectForOtel } from '../../../lib/observe/otel/index.js';
import { collectPools, prometheus } from '../../../lib/observe/prometheus/index.js';
import { rejection } from '../middleware/call-fixture.js';
import { pool } from './observed-fixture.js';
import { meterWithReader } from './otel-fixture.js';

describe('a real cluster under observation', () => {
  it('shows in Prometheus what it did: nodes, breakers, calls and their times', async () => {
    const register = new Registry();
    const cluster = new Cluster<object>({
      name: 'k',
      connect: ({ id }) => pool({ name: `k/${id}` }),
      breaker: { maxFails: 1, cooldownMs: 60_000 },
    });
    cluster.use(prometheus({ register }));
    cluster.addEndpoint({ id: 'a', weight: 2 });
    cluster.addClient({}, { id: 'b' });
    const stop = collectPools(register, [cluster], { prefix: 'grpc' });
    await cluster.do(() => 1, { endpointId: 'a', method: 'echo' });
    await cluster.do(() => 1, { endpointId: 'b', method: 'echo' });
    await rejection(cluster.do(() => Promise.reject(new Error('down')), { endpointId: 'b', method: 'echo' }));

    const lines = (await register.metrics()).split('\n');
    for (const line of [
      'grpc_pool_size{pool="k/a",cluster="k",node="a"} 1',
      'grpc_requests_total{pool="k/a",cluster="k",node="a"} 1',
      'grpc_requests_total{pool="k/b",cluster="k",node="b"} 2',
      'grpc_request_errors_total{pool="k/b",cluster="k",node="b"} 1',
      'grpc_request_duration_seconds_count{pool="k/a",cluster="k",node="a"} 1',
      'grpc_request_duration_seconds_count{pool="k/b",cluster="k",node="b"} 2',
      'grpc_cluster_nodes{cluster="k"} 2',
      'grpc_cluster_unhealthy_nodes{cluster="k"} 1',
      'grpc_cluster_requests_total{cluster="k"} 3',
      'grpc_node_weight{cluster="k",node="a"} 2',
      'grpc_node_breaker_state{cluster="k",node="a"} 0',
      'grpc_node_breaker_state{cluster="k",node="b"} 2',
      'middleware_requests_total{client="b",method="echo"} 2',
      'middleware_request_errors_total{client="b",method="echo"} 1',
    ]) {
      assert.ok(lines.includes(line), line);
    }
    stop();
    await cluster.close();
  });

  it('shows the same through OpenTelemetry', async () => {
    const { meter, collect } = meterWithReader();
    const cluster = new Cluster<object>({ name: 'k', connect: ({ id }) => pool({ name: `k/${id}` }) });
    cluster.addEndpoint({ id: 'a' });
    const stop = collectForOtel(meter, [cluster]);
    await cluster.do(() => 1);
    const seen = await collect();
    assert.deepEqual(seen['db.client.connection.use_time']!.points[0]!.attributes, {
      'db.client.connection.pool.name': 'k/a',
      'connpool.cluster.name': 'k',
      'connpool.node.id': 'a',
    });
    assert.equal(seen['connpool.cluster.requests']!.points[0]!.value, 1);
    stop();
    metrics.disable();
    await cluster.close();
  });
});
