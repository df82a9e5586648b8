import type { Node } from '../pool/node.js';

/** What a list from discovery changed, as ids. */
export interface DiscoveryChange {
  /** How many endpoints the list has. */
  readonly endpoints: number;
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Endpoints whose data changed in place, such as the weight. */
  readonly changed: readonly string[];
}

/** Events of a cluster and what their listeners are given. None of them is named 'error'. */
export interface ClusterEvents<TClient> {
  /** A node is listed; it takes calls at once, or after `prewarm`. */
  nodeAdded: [node: Node<TClient>];
  /** A node takes calls from now on. */
  nodeReady: [node: Node<TClient>];
  /** A node takes no new calls from now on; those in flight finish. */
  nodeRemoved: [node: Node<TClient>];
  /** A removed node has ended its last call and its connections are closed. */
  nodeClosed: [node: Node<TClient>];
  /** A node's breaker opened: `error` is what its last failure was. */
  breakerOpen: [node: Node<TClient>, error: unknown];
  /** A node's breaker lets one call through on trial. */
  breakerHalfOpen: [node: Node<TClient>];
  /** A node's breaker closed. */
  breakerClose: [node: Node<TClient>];
  /** Outlier detection took the node out for `forMs`. */
  nodeEjected: [node: Node<TClient>, forMs: number];
  /** The node's ejection ended. */
  nodeReadmitted: [node: Node<TClient>];
  /** A health check failed, or, `markedDown`, failed once too often and the node is unavailable. */
  healthCheckFailed: [node: Node<TClient>, error: unknown, markedDown: boolean];
  /** The node passes its health checks again. */
  nodeMarkedUp: [node: Node<TClient>];
  /** Dialing a node's first connections (`prewarm`) failed; it is tried again. */
  prewarmError: [node: Node<TClient>, error: unknown];
  /** A list from discovery was taken. */
  discoveryUpdate: [change: DiscoveryChange];
  /** Discovery failed, or gave an entry or a list that was left out; the last good list stays. */
  discoveryError: [error: unknown];
  /** Closing a node's source failed, or giving a connection back to a source that is no `ConnPool`. */
  closeError: [node: Node<TClient>, error: unknown];
}

/** Tells the cluster's listeners; never throws. */
export type EmitClusterEvent<TClient> = <K extends keyof ClusterEvents<TClient>>(
  event: K,
  ...args: ClusterEvents<TClient>[K]
) => void;
