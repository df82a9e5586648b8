import { describeError } from '../pool/errors.js';
import type { SourceStats } from '../pool/source-stats.js';
import type { BreakerState } from './circuit-breaker.js';
import type { ClusterNode } from './cluster-node.js';
import type { SlowStart } from './slow-start.js';

/**
 * A node's state in one word; where several are true, the first of this list is told: `draining` (removed, calls
 * in flight finish), `warming` (its first connections are being dialed), `unhealthy` (fails its health checks),
 * `ejected` (by outlier detection), `open` and `half-open` (its breaker), `slow-start`, `healthy`.
 */
export type NodeState =
  | 'draining'
  | 'warming'
  | 'unhealthy'
  | 'ejected'
  | 'open'
  | 'half-open'
  | 'slow-start'
  | 'healthy';

/** A snapshot of one node. */
export interface NodeStats {
  id: string;
  host?: string;
  port?: number;
  state: NodeState;
  /** Whether calls may be sent to it now. */
  available: boolean;
  /** Its breaker; `closed` also when it has none. */
  breaker: BreakerState;
  weight: number;
  /** The share of its traffic that slow start gives it, 0.1 to 1. */
  trafficShare: number;
  /** Calls sent to it that have not ended. */
  inFlight: number;
  /** Runs of callers' functions that ended. */
  calls: number;
  /** Runs that failed in a way that counts against the node. */
  failures: number;
  /** Time that the runs took in all, ms. */
  callMsTotal: number;
  /** What failed last, in words. */
  lastError?: string;
  /** The node's own source of clients. */
  source: SourceStats;
}

/** A snapshot of a cluster. */
export interface ClusterStats {
  name: string;
  state: 'open' | 'closing' | 'closed';
  /** Every node, those that still drain at the end. */
  nodes: NodeStats[];
  /** Calls (`do` and `get`) since the cluster was made. */
  calls: number;
  /** Calls that found no available node or connection. */
  rejected: number;
  /** Calls under way. */
  running: number;
  /** Calls that were under way when the time ran out that `close` gave them. */
  cut: number;
  /** Calls that wait for the first node. */
  waiting: number;
  /** Whether so few nodes are healthy that health is ignored. */
  panicking: boolean;
  /** Only with discovery: endpoints of its last list, lists taken, and failures. */
  discovery?: { nodes: number; updates: number; errors: number };
}

/** Says in one word how a node is. */
function stateOf<TClient>(node: ClusterNode<TClient>, trafficShare: number): NodeState {
  if (node.phase === 'warming') return 'warming';
  if (node.phase !== 'serving') return 'draining';
  if (node.checkFailed) return 'unhealthy';
  if (node.outlier.isEjected) return 'ejected';
  const breaker = node.breaker?.state ?? 'closed';
  if (breaker !== 'closed') return breaker;
  return trafficShare < 1 ? 'slow-start' : 'healthy';
}

/** A snapshot of one node. */
export function nodeStats<TClient>(
  node: ClusterNode<TClient>,
  slowStart: SlowStart<TClient> | undefined,
): NodeStats {
  const trafficShare = slowStart?.share(node) ?? 1;
  const { host, port } = node.endpoint;
  return {
    id: node.id,
    ...(host === undefined ? {} : { host }),
    ...(port === undefined ? {} : { port }),
    state: stateOf(node, trafficShare),
    available: node.available,
    breaker: node.breaker?.state ?? 'closed',
    weight: node.weight,
    trafficShare,
    inFlight: node.inFlight,
    calls: node.calls,
    failures: node.failures,
    callMsTotal: node.callMsTotal,
    ...(node.lastError === undefined ? {} : { lastError: describeError(node.lastError) }),
    source: node.source.stats(),
  };
}
