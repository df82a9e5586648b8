import {
  breakerState,
  closedByReason,
  finite,
  ofClusters,
  ofNodes,
  ofPools,
  type ReadFigures,
} from '../figures.js';
import { createdCount, nodeCount, requestCount, unhealthyCount } from '../sources.js';

/** An observable instrument and where its figures come from. */
export interface PoolInstrument {
  readonly kind: 'counter' | 'upDownCounter' | 'gauge';
  /** For names of the convention without the namespace, which can be chosen; see `conventional`. */
  readonly name: string;
  readonly unit: string;
  readonly description: string;
  readonly read: ReadFigures;
  /** Whether the name belongs to the semantic convention for connection pools. */
  readonly conventional: boolean;
}

const instrument =
  (kind: PoolInstrument['kind'], conventional: boolean) =>
  (name: string, unit: string, description: string, read: ReadFigures): PoolInstrument => ({
    kind,
    name,
    unit,
    description,
    read,
    conventional,
  });

const agreed = instrument('upDownCounter', true);
const agreedCounter = instrument('counter', true);
const counter = instrument('counter', false);
const upDown = instrument('upDownCounter', false);
const gauge = instrument('gauge', false);

const idle = ofPools(({ stats }) => stats.idle + stats.checking, { state: 'idle' });
const used = ofPools(({ stats }) => stats.inUse, { state: 'used' });
const unhealthy = ofClusters(unhealthyCount, { health: 'unhealthy' });
const healthy = ofClusters((cluster) => nodeCount(cluster) - unhealthyCount(cluster), {
  health: 'healthy',
});

/** What the semantic convention has names for. */
const CONVENTIONAL: readonly PoolInstrument[] = [
  agreed('count', '{connection}', 'Connections in the state that the attribute names.', (reading) => [
    ...idle(reading),
    ...used(reading),
  ]),
  agreed(
    'idle.max',
    '{connection}',
    'Most idle connections kept.',
    ofPools(({ stats }) => finite(stats.maxIdle)),
  ),
  agreed(
    'limit',
    '{connection}',
    'Most connections open at once.',
    ofPools(({ stats }) => finite(stats.maxActive)),
  ),
  agreed(
    'pending_requests',
    '{request}',
    'Calls that wait for a connection.',
    ofPools(({ stats }) => stats.waiting),
  ),
  agreedCounter(
    'timeouts',
    '{timeout}',
    'Calls that got no connection in time.',
    ofPools(({ stats }) => stats.waitTimeouts),
  ),
];

/** What it has no names for. */
const OWN: readonly PoolInstrument[] = [
  counter('connpool.connection.created', '{connection}', 'Connections opened.', ofPools(createdCount)),
  counter('connpool.connection.closed', '{connection}', 'Connections closed, by reason.', closedByReason),
  counter(
    'connpool.connection.dials',
    '{attempt}',
    'Dial attempts.',
    ofPools(({ stats }) => stats.dials),
  ),
  counter(
    'connpool.connection.dial_errors',
    '{attempt}',
    'Dial attempts that failed.',
    ofPools(({ stats }) => stats.dialErrors),
  ),
  counter(
    'connpool.connection.heartbeat_errors',
    '{heartbeat}',
    'Heartbeats that failed.',
    ofPools(({ stats }) => stats.heartbeatErrors),
  ),
  counter(
    'connpool.requests',
    '{request}',
    'Calls: of the node in a cluster, else for a connection.',
    ofPools(requestCount),
  ),
  counter(
    'connpool.requests.rejected',
    '{request}',
    'Calls refused at once.',
    ofPools(({ stats }) => stats.rejected),
  ),
  counter(
    'connpool.cluster.requests',
    '{request}',
    'Calls of the cluster.',
    ofClusters((c) => c.calls),
  ),
  counter(
    'connpool.cluster.rejected',
    '{request}',
    'Calls that found no available node or connection.',
    ofClusters((c) => c.rejected),
  ),
  upDown('connpool.cluster.nodes', '{node}', 'Nodes of the cluster, by health.', (reading) => [
    ...healthy(reading),
    ...unhealthy(reading),
  ]),
  upDown(
    'connpool.node.in_flight',
    '{request}',
    'Calls sent to the node that have not ended.',
    ofNodes((n) => n.inFlight),
  ),
  gauge(
    'connpool.node.breaker',
    '1',
    'The node’s breaker: 0 closed, 1 half-open, 2 open.',
    ofNodes(breakerState),
  ),
  upDown(
    'connpool.discovery.endpoints',
    '{endpoint}',
    'Endpoints in the last list.',
    ofClusters((c) => c.discovery?.nodes),
  ),
  counter(
    'connpool.discovery.updates',
    '{list}',
    'Lists of endpoints taken over.',
    ofClusters((c) => c.discovery?.updates),
  ),
  counter(
    'connpool.discovery.errors',
    '{error}',
    'Failures of the discovery source.',
    ofClusters((c) => c.discovery?.errors),
  ),
];

/** The instruments of pools and clusters. */
export const POOL_INSTRUMENTS: readonly PoolInstrument[] = [...CONVENTIONAL, ...OWN];
