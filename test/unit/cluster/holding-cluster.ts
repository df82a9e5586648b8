import type { ClusterOptions } from '../../../lib/cluster/index.js';
import type { Node } from '../../../lib/pool/node.js';
import { type FakeCluster, fakeCluster, gate } from './fake-cluster.js';
import type { FakeClient, FakeSource } from './fake-source.js';

/** Options of a call that is kept waiting. */
export const HELD = { method: 'held' };

/** Picks the first node in order of arrival that takes calls: a call's node is known beforehand. */
const inOrder = () => {
  let nodes: readonly Node[] = [];
  return {
    update: (all: readonly Node[]) => {
      nodes = all;
    },
    pick: ({ tried }: { tried: ReadonlySet<Node> }) =>
      nodes.find((node) => node.available && !tried.has(node)),
  };
};

export interface Held extends FakeCluster {
  /** Lets the calls with the method 'held' come to their `next()`. */
  readonly letGo: () => void;
  /** The node that the middleware saw before and after. */
  readonly seen: string[];
}

/** A cluster whose middleware keeps calls of the method 'held' waiting. */
export function holding(
  ids: readonly string[],
  options: ClusterOptions<FakeClient> = {},
  prepare?: (source: FakeSource) => void,
): Held {
  const settings = { balancer: inOrder(), breaker: { maxFails: 1, cooldownMs: 1_000 }, ...options };
  const fake = fakeCluster(ids, settings, 'ok', prepare);
  const hold = gate();
  const seen: string[] = [];
  fake.cluster.use(async (call, next) => {
    seen.push(call.node.id);
    if (call.method === HELD.method) await hold.promise;
    const result = await next();
    seen.push(call.node.id);
    return result;
  });
  return { ...fake, letGo: hold.resolve, seen };
}
