import { now } from '../pool/clock.js';
import type { ClusterNode } from './cluster-node.js';

/** A node that has just started gets this share of its traffic at least. */
const MIN_SHARE = 0.1;

/**
 * Gives a node that has just come (back) less traffic than its weight says, growing over a window: Envoy's formula
 * with its default aggression of 1, share = max(10 %, time / window). A pick of such a node stands with that
 * probability, else another node is picked. So it works under every balancer, also those that know no weights,
 * and needs no timer.
 *
 * Shares are relative: while every node is starting, the one that started first gets all of its traffic.
 */
export class SlowStart<TClient> {
  readonly #windowMs: number;
  readonly #random: () => number;
  /** Nodes in their window, in the order they started. */
  readonly #starting = new Set<ClusterNode<TClient>>();

  constructor(windowMs: number, random: () => number = Math.random) {
    this.#windowMs = windowMs;
    this.#random = random;
  }

  /** The node takes traffic from now on, for the first time or again. */
  begin(node: ClusterNode<TClient>): void {
    this.#starting.delete(node);
    this.#starting.add(node);
    node.servingSince = now();
  }

  /** The node is leaving. */
  forget(node: ClusterNode<TClient>): void {
    this.#starting.delete(node);
  }

  /** Whether any node is within its window. */
  get isActive(): boolean {
    return this.#starting.size > 0;
  }

  /** The share of its traffic that the node should get now, 0.1 to 1. */
  share(node: ClusterNode<TClient>): number {
    return this.#starting.has(node) ? this.#shareAt(node, now()) : 1;
  }

  /**
   * Whether a pick of the node stands.
   * @param nodes how many nodes take calls
   */
  admits(node: ClusterNode<TClient>, nodes: number): boolean {
    if (!this.#starting.has(node)) return true;
    const time = now();
    this.#forgetStarted(time);
    const share = this.#shareAt(node, time);
    return share >= 1 || this.#random() * this.#largestShare(nodes, time) < share;
  }

  #shareAt(node: ClusterNode<TClient>, time: number): number {
    return Math.min(1, Math.max(MIN_SHARE, (time - node.servingSince) / this.#windowMs));
  }

  #largestShare(nodes: number, time: number): number {
    if (this.#starting.size < nodes) return 1;
    for (const first of this.#starting) return this.#shareAt(first, time);
    return 1;
  }

  #forgetStarted(time: number): void {
    for (const node of this.#starting) {
      if (this.#shareAt(node, time) < 1) return;
      this.#starting.delete(node);
    }
  }
}
