import { CLUSTER_ROWS } from '../cluster-rows.js';
import { ofClusters, ofPools, type ReadFigures } from '../figures.js';
import type { MetricRow } from '../metric-row.js';
import { POOL_ROWS } from '../pool-rows.js';
import { nodeCount, unhealthyCount } from '../sources.js';

/** An observable instrument and where its figures come from. */
export interface PoolInstrument {
  readonly kind: MetricRow['kind'];
  /** `<namespace>` stands for what names of the convention begin with, which can be chosen. */
  readonly name: string;
  readonly unit: string;
  readonly description: string;
  readonly read: ReadFigures;
}

const idle = ofPools(({ stats }) => stats.idle + stats.checking, { use: 'idle' });
const used = ofPools(({ stats }) => stats.inUse, { use: 'used' });
const unhealthy = ofClusters(unhealthyCount, { health: 'unhealthy' });
const healthy = ofClusters((cluster) => nodeCount(cluster) - unhealthyCount(cluster), {
  health: 'healthy',
});

/** What Prometheus has as metrics with a name each is one with an attribute here. */
const SPLIT: readonly PoolInstrument[] = [
  {
    kind: 'upDownCounter',
    name: '<namespace>.count',
    unit: '{connection}',
    description: 'Connections in the state that the attribute names.',
    read: (reading) => [...idle(reading), ...used(reading)],
  },
  {
    kind: 'upDownCounter',
    name: 'connpool.cluster.nodes',
    unit: '{node}',
    description: 'Nodes of the cluster, by health.',
    read: (reading) => [...healthy(reading), ...unhealthy(reading)],
  },
];

const named = ({ otel, ...row }: MetricRow): PoolInstrument => ({ ...row, name: otel });

/** The instruments of pools and clusters. */
export const POOL_INSTRUMENTS: readonly PoolInstrument[] = [
  ...SPLIT,
  ...[...POOL_ROWS, ...CLUSTER_ROWS].map(named),
];
