import {
  breakerState,
  closedByReason,
  finite,
  ofClusters,
  ofNodes,
  ofPools,
  type ReadFigures,
  seconds,
} from '../figures.js';
import { createdCount, nodeCount, requestCount, unhealthyCount } from '../sources.js';

/** A metric whose figures are read at scrape time. */
export interface PoolMetric {
  readonly type: 'gauge' | 'counter';
  /** Without the prefix. */
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  readonly read: ReadFigures;
}

const POOL = ['pool', 'cluster', 'node'];
const CLUSTER = ['cluster'];
const NODE = ['cluster', 'node'];

const metric =
  (type: PoolMetric['type'], labels: readonly string[]) =>
  (name: string, help: string, read: ReadFigures): PoolMetric => ({ type, name, help, labels, read });

const poolGauge = metric('gauge', POOL);
const poolCounter = metric('counter', POOL);
const clusterGauge = metric('gauge', CLUSTER);
const clusterCounter = metric('counter', CLUSTER);
const nodeGauge = metric('gauge', NODE);
const counterByReason = metric('counter', [...POOL, 'reason']);

/** The metrics of pools and clusters. */
export const POOL_METRICS: readonly PoolMetric[] = [
  poolGauge(
    'pool_size',
    'Connections open.',
    ofPools(({ stats }) => stats.open),
  ),
  poolGauge(
    'pool_active_connections',
    'Connections lent to callers.',
    ofPools(({ stats }) => stats.inUse),
  ),
  poolGauge(
    'pool_idle_connections',
    'Connections ready to be lent.',
    ofPools(({ stats }) => stats.idle),
  ),
  poolGauge(
    'pool_dialing_connections',
    'Dials under way.',
    ofPools(({ stats }) => stats.dialing),
  ),
  poolGauge(
    'pool_waiting_requests',
    'Calls that wait for a connection.',
    ofPools(({ stats }) => stats.waiting),
  ),
  poolGauge(
    'pool_max_connections',
    'Most connections open at once; left out where there is no limit.',
    ofPools(({ stats }) => finite(stats.maxActive)),
  ),
  poolCounter('connections_created_total', 'Connections opened.', ofPools(createdCount)),
  counterByReason('connections_destroyed_total', 'Connections closed, by reason.', closedByReason),
  poolCounter(
    'dials_total',
    'Dial attempts.',
    ofPools(({ stats }) => stats.dials),
  ),
  poolCounter(
    'dial_errors_total',
    'Dial attempts that failed.',
    ofPools(({ stats }) => stats.dialErrors),
  ),
  poolCounter(
    'heartbeats_total',
    'Heartbeats sent.',
    ofPools(({ stats }) => stats.heartbeats),
  ),
  poolCounter(
    'heartbeat_errors_total',
    'Heartbeats that failed.',
    ofPools(({ stats }) => stats.heartbeatErrors),
  ),
  poolCounter(
    'leaks_total',
    'Connections reported as held too long.',
    ofPools(({ stats }) => stats.leaks),
  ),
  poolCounter(
    'requests_total',
    'Calls: of the node in a cluster, else for a connection.',
    ofPools(requestCount),
  ),
  poolCounter(
    'request_errors_total',
    'Calls of the node that failed.',
    ofPools(({ node }) => node?.failures),
  ),
  poolCounter(
    'pool_waits_total',
    'Calls that queued for a connection.',
    ofPools(({ stats }) => stats.waits),
  ),
  poolCounter(
    'pool_wait_seconds_total',
    'Time that calls queued for a connection.',
    ofPools(({ stats }) => seconds(stats.waitMsTotal)),
  ),
  poolCounter(
    'pool_wait_timeouts_total',
    'Calls that got no connection in time.',
    ofPools(({ stats }) => stats.waitTimeouts),
  ),
  poolCounter(
    'pool_rejected_total',
    'Calls refused at once: pool exhausted or queue full.',
    ofPools(({ stats }) => stats.rejected),
  ),
  clusterGauge('cluster_nodes', 'Nodes of the cluster.', ofClusters(nodeCount)),
  clusterGauge(
    'cluster_unhealthy_nodes',
    'Nodes with a failed health check, ejected, or with a breaker that is not closed.',
    ofClusters(unhealthyCount),
  ),
  clusterGauge(
    'cluster_panicking',
    'Whether so few nodes are healthy that health is ignored: 1 or 0.',
    ofClusters(({ panicking }) => Number(panicking)),
  ),
  clusterGauge(
    'cluster_waiting_requests',
    'Calls that wait for the first node.',
    ofClusters((c) => c.waiting),
  ),
  clusterCounter(
    'cluster_requests_total',
    'Calls of the cluster.',
    ofClusters((c) => c.calls),
  ),
  clusterCounter(
    'cluster_rejected_total',
    'Calls that found no available node or connection.',
    ofClusters((c) => c.rejected),
  ),
  nodeGauge(
    'node_in_flight',
    'Calls sent to the node that have not ended.',
    ofNodes(({ inFlight }) => inFlight),
  ),
  nodeGauge(
    'node_weight',
    'Weight of the node.',
    ofNodes(({ weight }) => weight),
  ),
  nodeGauge(
    'node_breaker_state',
    'The node’s breaker: 0 closed, 1 half-open, 2 open.',
    ofNodes(breakerState),
  ),
  clusterGauge(
    'service_discovery_nodes',
    'Endpoints in the last list.',
    ofClusters(({ discovery }) => discovery?.nodes),
  ),
  clusterCounter(
    'service_discovery_updates_total',
    'Lists of endpoints taken over.',
    ofClusters(({ discovery }) => discovery?.updates),
  ),
  clusterCounter(
    'service_discovery_errors_total',
    'Failures of the discovery source.',
    ofClusters(({ discovery }) => discovery?.errors),
  ),
];
