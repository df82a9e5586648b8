import type { ClusterStats, NodeState, NodeStats } from '../cluster/cluster-stats.js';
import { InvalidOptionError } from '../pool/errors.js';
import type { SourceStats } from '../pool/source-stats.js';
import type { PoolStats } from '../pool/stats.js';

/** A pool, or anything else that lends clients. */
export interface ObservedPool {
  stats(): SourceStats;
}

/** A cluster. */
export interface ObservedCluster {
  stats(): ClusterStats;
}

/** What can be observed: pools and clusters, mixed at will. */
export type Observed = ObservedPool | ObservedCluster;

/** Pools and clusters, or a function that gives those there are now; it is asked whenever figures are read. */
export type Sources = Iterable<Observed> | (() => Iterable<Observed>);

/** Where a pool stands: its name and, inside a cluster, the cluster's and the node's. */
export interface PoolPlace {
  readonly pool: string;
  readonly cluster?: string;
  readonly node?: string;
}

/** A pool's figures. A source that is no `ConnPool` has the gauges only. */
export interface PoolFigures {
  readonly place: PoolPlace;
  readonly stats: SourceStats & Partial<PoolStats>;
  /** The node it belongs to, inside a cluster. */
  readonly node: NodeStats | undefined;
}

/** Everything that is observed, at one moment. */
export interface Reading {
  readonly pools: readonly PoolFigures[];
  readonly clusters: readonly ClusterStats[];
}

/**
 * Checks what is to be observed.
 * @throws InvalidOptionError
 */
export function checkSources(sources: unknown): asserts sources is Sources {
  const isIterable =
    typeof (sources as Iterable<unknown> | null | undefined)?.[Symbol.iterator] === 'function';
  if (typeof sources !== 'function' && (typeof sources === 'string' || !isIterable)) {
    throw new InvalidOptionError(
      'sources',
      sources,
      'a list of pools and clusters, or a function that gives one',
    );
  }
  if (typeof sources === 'function') return;
  for (const source of sources as Iterable<Partial<Observed> | null | undefined>) {
    if (typeof source?.stats !== 'function') {
      throw new InvalidOptionError(
        'sources',
        source,
        'a list of pools and clusters, each with a function stats()',
      );
    }
  }
}

/** Reads the figures of all sources. */
export function readSources(sources: Sources): Reading {
  const pools: PoolFigures[] = [];
  const clusters: ClusterStats[] = [];
  for (const source of typeof sources === 'function' ? sources() : sources) {
    const stats = source.stats();
    if (!('nodes' in stats)) {
      pools.push({ place: { pool: stats.name }, stats, node: undefined });
      continue;
    }
    clusters.push(stats);
    for (const node of stats.nodes) {
      const place = { pool: node.source.name, cluster: stats.name, node: node.id };
      pools.push({ place, stats: node.source, node });
    }
  }
  return { pools, clusters };
}

/** Clients opened since the pool was made: those still there, those closed and those taken out of it. */
export function createdCount({ stats }: PoolFigures): number | undefined {
  if (stats.closed === undefined) return undefined;
  return stats.open + closedCount(stats.closed) + (stats.detached ?? 0);
}

function closedCount(closed: Readonly<Record<string, number>>): number {
  return Object.values(closed).reduce((sum, n) => sum + n, 0);
}

/** Calls: those of the node, inside a cluster, else the pool's `get`s. */
export function requestCount({ node, stats }: PoolFigures): number | undefined {
  return node?.calls ?? stats.gets;
}

/** Whether it is a node of its cluster still: one that was removed and finishes its last calls is not. */
export function isListed({ state }: NodeStats): boolean {
  return state !== 'draining';
}

/** Nodes of a cluster. */
export function nodeCount({ nodes }: ClusterStats): number {
  return nodes.filter(isListed).length;
}

const UNHEALTHY: ReadonlySet<NodeState> = new Set(['unhealthy', 'ejected', 'open', 'half-open']);

/** Nodes that failed their health checks, were ejected or have a breaker that is not closed. */
export function unhealthyCount({ nodes }: ClusterStats): number {
  return nodes.filter(({ state }) => UNHEALTHY.has(state)).length;
}
