import type { Endpoint } from './endpoint.js';

/**
 * An endpoint inside a cluster, as balancers and middleware see it. Its fields change while the cluster runs;
 * only the cluster writes them.
 */
export interface Node<_TClient = unknown> {
  /** The endpoint's id. */
  readonly id: string;
  /** The endpoint as last named by discovery or the user. */
  readonly endpoint: Endpoint;
  /** The endpoint's weight, always above 0. */
  readonly weight: number;
  /** Calls sent to this node that have not ended yet. */
  readonly inFlight: number;
  /** Whether calls may be sent to it now: it is ready, its breaker lets calls pass and it is not ejected. */
  readonly available: boolean;
}
