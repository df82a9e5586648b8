import type { BreakerState } from '../cluster/circuit-breaker.js';
import type { ClusterStats, NodeState, NodeStats } from '../cluster/cluster-stats.js';
import { isListed, type PoolFigures, type Reading } from './sources.js';

/** One figure of one pool, node or cluster; without a value there is none. */
export interface Figure {
  /** What it is a figure of, by the words of `PoolPlace` and further ones such as `reason`. */
  readonly of: Readonly<Record<string, string>>;
  readonly value: number | undefined;
}

/** Takes its figures out of a reading. */
export type ReadFigures = (reading: Reading) => Figure[];

/** A figure of each pool. */
export const ofPools =
  (
    value: (pool: PoolFigures) => number | undefined,
    further: Readonly<Record<string, string>> = {},
  ): ReadFigures =>
  ({ pools }) =>
    pools.map((pool) => ({ of: { ...pool.place, ...further }, value: value(pool) }));

/** Connections that each pool closed, by `reason`. */
export const closedByReason: ReadFigures = ({ pools }) =>
  pools.flatMap(({ place, stats }) =>
    Object.entries(stats.closed ?? {}).map(([reason, value]) => ({ of: { ...place, reason }, value })),
  );

/** A figure of each cluster. */
export const ofClusters =
  (
    value: (cluster: ClusterStats) => number | undefined,
    further: Readonly<Record<string, string>> = {},
  ): ReadFigures =>
  ({ clusters }) =>
    clusters.map((cluster) => ({ of: { cluster: cluster.name, ...further }, value: value(cluster) }));

/** A figure of each node of each cluster. */
export const ofNodes =
  (value: (node: NodeStats) => number | undefined): ReadFigures =>
  ({ clusters }) =>
    clusters.flatMap(({ name, nodes }) =>
      nodes.map((node) => ({ of: { cluster: name, node: node.id }, value: value(node) })),
    );

/**
 * A figure of each node that is listed. For figures that do not add up: one that drains may have a successor of the
 * same id.
 */
export const ofListedNodes =
  (value: (node: NodeStats) => number | undefined): ReadFigures =>
  (reading) =>
    ofNodes((node) => (isListed(node) ? value(node) : undefined))(reading);

const NO_NODES: Readonly<Record<NodeState, number>> = {
  healthy: 0,
  'slow-start': 0,
  warming: 0,
  'half-open': 0,
  open: 0,
  ejected: 0,
  unhealthy: 0,
  draining: 0,
};

/** How many nodes of each cluster are in each state, by `state`; zeros too, so that no line of a graph breaks off. */
export const nodesByState: ReadFigures = ({ clusters }) =>
  clusters.flatMap(({ name, nodes }) => {
    const counts = { ...NO_NODES };
    for (const { state } of nodes) counts[state]++;
    return Object.entries(counts).map(([state, value]) => ({ of: { cluster: name, state }, value }));
  });

/** Breaker states as numbers, so that a graph or an alert can compare them. */
const BREAKER_STATES: Readonly<Record<BreakerState, number>> = { closed: 0, 'half-open': 1, open: 2 };

/** The state of a node's breaker as a number: 0 closed, 1 half-open, 2 open. */
export function breakerState({ breaker }: NodeStats): number {
  return BREAKER_STATES[breaker];
}

/** A limit, unless there is none. */
export function finite(limit: number): number | undefined {
  return limit === Infinity ? undefined : limit;
}

/** Milliseconds in seconds. */
export function seconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : ms / 1000;
}
