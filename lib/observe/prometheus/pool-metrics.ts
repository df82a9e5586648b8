import { CLUSTER_ROWS } from '../cluster-rows.js';
import { ofClusters, ofPools, type ReadFigures } from '../figures.js';
import { CLUSTER_LABELS, type MetricRow, POOL_LABELS } from '../metric-row.js';
import { POOL_ROWS } from '../pool-rows.js';
import { nodeCount, unhealthyCount } from '../sources.js';

/** A metric whose figures are read at scrape time. */
export interface PoolMetric {
  readonly type: 'gauge' | 'counter';
  /** Without the prefix. */
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  readonly read: ReadFigures;
}

const gauge =
  (labels: readonly string[]) =>
  (name: string, help: string, read: ReadFigures): PoolMetric => ({
    type: 'gauge',
    name,
    help,
    labels,
    read,
  });

const poolGauge = gauge(POOL_LABELS);
const clusterGauge = gauge(CLUSTER_LABELS);

/** What OpenTelemetry has as one metric with an attribute has a name each here. */
const SPLIT: readonly PoolMetric[] = [
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
    'pool_checking_connections',
    'Connections under a heartbeat.',
    ofPools(({ stats }) => stats.checking),
  ),
  clusterGauge('cluster_nodes', 'Nodes of the cluster.', ofClusters(nodeCount)),
  clusterGauge(
    'cluster_unhealthy_nodes',
    'Nodes with a failed health check, ejected, or with a breaker that is not closed.',
    ofClusters(unhealthyCount),
  ),
];

const named = ({ kind, prometheus, description, labels, read }: MetricRow): PoolMetric => ({
  type: kind === 'counter' ? 'counter' : 'gauge',
  name: prometheus,
  help: description,
  labels,
  read,
});

/** The metrics of pools and clusters. */
export const POOL_METRICS: readonly PoolMetric[] = [...SPLIT, ...[...POOL_ROWS, ...CLUSTER_ROWS].map(named)];
