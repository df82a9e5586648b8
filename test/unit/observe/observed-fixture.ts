import type { ClusterStats, NodeStats } from '../../../lib/cluster/cluster-stats.js';
import type { ObservedCluster } from '../../../lib/observe/sources.js';
import { ConnPool, type ConnPoolOptions } from '../../../lib/pool/index.js';
import { sharedClient } from '../../../lib/pool/shared-client.js';

/** A pool whose connections are plain objects. */
export function pool(options: Partial<ConnPoolOptions<object>> = {}): ConnPool<object> {
  return new ConnPool<object>({ dial: () => ({}), close: () => {}, dialRetryCount: 0, ...options });
}

/** What a cluster's statistics hold of a node with one client for all. */
export function sharedNode(id: string, over: Partial<NodeStats> = {}): NodeStats {
  return {
    id,
    state: 'healthy',
    available: true,
    breaker: 'closed',
    weight: 1,
    trafficShare: 1,
    inFlight: 0,
    calls: 0,
    failures: 0,
    callMsTotal: 0,
    source: sharedClient({}, { name: `${id}-client` }).stats(),
    ...over,
  };
}

/** A cluster, by its statistics. */
export function clusterOf(
  name: string,
  nodes: () => NodeStats[],
  more: Partial<ClusterStats> = {},
): ObservedCluster {
  const stats = () => ({
    name,
    state: 'open' as const,
    nodes: nodes(),
    calls: 0,
    rejected: 0,
    running: 0,
    cut: 0,
    waiting: 0,
    panicking: false,
    ...more,
  });
  return { stats };
}
