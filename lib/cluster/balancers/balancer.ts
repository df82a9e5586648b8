import type { Node } from '../../pool/node.js';

/** What a balancer is told about the call it picks a node for. */
export interface PickContext {
  /** Calls with the same key go to the same node, as far as the balancer cares for keys. */
  readonly hashKey?: string | undefined;
  /** The nodes this call has been to already; they are not picked again. */
  readonly tried: ReadonlySet<Node>;
}

/**
 * Spreads calls over nodes. Bring your own by implementing `update` and `pick`.
 *
 * A balancer belongs to one cluster: it keeps a position, or measurements, of that cluster's nodes. It reads
 * `available` and `inFlight` anew with every pick and is not told when they change. A node that is unavailable
 * keeps its place in the order; its turns are skipped, and what would have been its calls goes to the others
 * in proportion to their weights.
 *
 * Weights may change without `update` (a node that starts slowly grows into its weight). The balancers of this
 * package notice by looking at one more node with each pick, and weigh anew once they have made as many picks
 * as there are nodes. So a changed weight counts after about two picks per node, and costs each pick next to
 * nothing. `leastLoaded` and `peakEwma` use the weight of the moment anyway.
 */
export interface Balancer {
  /**
   * Takes the list of nodes, which replaces the one before. A node is recognised by its `id`, so an order that
   * was under way goes on where it was. Takes time in proportion to the number of nodes.
   */
  update(nodes: readonly Node[]): void;
  /** Picks a node that is available and not tried yet; `undefined` when there is none. */
  pick(ctx: PickContext): Node | undefined;
  /**
   * Told once for every call that ended, after the node's `inFlight` went down. Balancers that learn from the
   * past have it. A node that is not on the list (any more) is ignored.
   * @param durationMs how long the call ran, in ms
   * @param failed whether it ended otherwise than well: how long it took then says little about the node's speed
   */
  report?(node: Node, durationMs: number, failed: boolean): void;
}

/** The balancers that can be named by a word. */
export type BalancerName =
  | 'roundRobin'
  | 'random'
  | 'weightedRandom'
  | 'weightedRoundRobin'
  | 'smoothWeightedRoundRobin'
  | 'leastLoaded'
  | 'peakEwma'
  | 'consistentHash';
