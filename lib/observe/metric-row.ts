import type { ClusterStats, NodeStats } from '../cluster/cluster-stats.js';
import { ofClusters, ofListedNodes, ofNodes, ofPools, type ReadFigures } from './figures.js';
import type { PoolFigures } from './sources.js';

/** A metric that both Prometheus and OpenTelemetry get. */
export interface MetricRow {
  /** What adds up is an `upDownCounter`, what does not is a `gauge`; Prometheus calls both a gauge. */
  readonly kind: 'counter' | 'upDownCounter' | 'gauge';
  /** Its name in Prometheus, without the prefix. */
  readonly prometheus: string;
  /** Its name in OpenTelemetry; `<namespace>` stands for what names of the convention begin with. */
  readonly otel: string;
  /** As OpenTelemetry writes units. Of times it is always `s`. */
  readonly unit: string;
  readonly description: string;
  /** Words of the figures, which are the labels in Prometheus. */
  readonly labels: readonly string[];
  readonly read: ReadFigures;
}

/** A metric's name in Prometheus, its name in OpenTelemetry, its unit. */
type Names = readonly [prometheus: string, otel: string, unit: string];

/** Labels of figures of a pool. */
export const POOL_LABELS: readonly string[] = ['pool', 'cluster', 'node'];
/** Labels of figures of a cluster. */
export const CLUSTER_LABELS: readonly string[] = ['cluster'];
const NODE_LABELS: readonly string[] = ['cluster', 'node'];

/** A row whose figures are read in a way of its own. */
export function row(
  kind: MetricRow['kind'],
  labels: readonly string[],
  [prometheus, otel, unit]: Names,
  description: string,
  read: ReadFigures,
): MetricRow {
  return { kind, prometheus, otel, unit, description, labels, read };
}

const rowOf =
  <T>(read: (value: (of: T) => number | undefined) => ReadFigures, labels: readonly string[]) =>
  (kind: MetricRow['kind']) =>
  (names: Names, description: string, value: (of: T) => number | undefined) =>
    row(kind, labels, names, description, read(value));

// Sums are gauges that add up, as those of pools with one name do; of a node that drains and its successor too.
const poolRow = rowOf<PoolFigures>(ofPools, POOL_LABELS);
export const poolCounter = poolRow('counter');
export const poolSum = poolRow('upDownCounter');
export const poolGauge = poolRow('gauge');

const clusterRow = rowOf<ClusterStats>(ofClusters, CLUSTER_LABELS);
export const clusterCounter = clusterRow('counter');
export const clusterSum = clusterRow('upDownCounter');
export const clusterGauge = clusterRow('gauge');

export const nodeCounter = rowOf<NodeStats>(ofNodes, NODE_LABELS)('counter');
export const nodeSum = rowOf<NodeStats>(ofNodes, NODE_LABELS)('upDownCounter');
export const nodeGauge = rowOf<NodeStats>(ofListedNodes, NODE_LABELS)('gauge');
