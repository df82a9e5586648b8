import { turnTime } from '../pool/clock.js';
import type { Balancer } from './balancers/balancer.js';
import type { Ticket } from './circuit-breaker.js';
import type { ClusterNode } from './cluster-node.js';
import type { Outcome } from './outcome.js';

/** Who wants to know how stays end. */
export interface LeaseReporter<TClient> {
  /** Whether anybody listens; asked before every report. */
  readonly isListening: boolean;
  /** A stay ended; `picker` is the balancer that chose the node when that was one of the call's own. */
  ended(node: ClusterNode<TClient>, durationMs: number, failed: boolean, picker: Balancer | undefined): void;
}

/** One call's stay at a node, from the pick to its end. However many paths lead out, it ends once. */
export class Lease<TClient> {
  readonly #ticket: Ticket;
  /** When the client was handed over; undefined as long as none was. */
  #servedSince: number | undefined;
  #over = false;

  constructor(
    readonly node: ClusterNode<TClient>,
    private readonly reporter: LeaseReporter<TClient>,
    private readonly picker: Balancer | undefined,
  ) {
    this.#ticket = node.enter();
  }

  /** Whether the call may still be sent to the node, whose state may have changed since the pick. */
  get holds(): boolean {
    return this.node.holds(this.#ticket);
  }

  /** The call got its client. */
  served(): void {
    this.#servedSince = turnTime();
  }

  /** `error` is what a failure was. */
  end(outcome: Outcome, error?: unknown): void {
    if (this.#over) return;
    this.#over = true;
    const { node, reporter, picker } = this;
    if (outcome === 'failure') node.lastError = error;
    let durationMs = 0;
    if (this.#servedSince !== undefined) {
      durationMs = turnTime() - this.#servedSince;
      node.calls++;
      node.callMsTotal += durationMs;
      if (outcome === 'failure') node.failures++;
    }
    node.leave(this.#ticket, outcome);
    // A call that never got its client and blames nobody says nothing about the node's speed.
    const isTelling = this.#servedSince !== undefined || outcome !== 'neutral';
    if (isTelling && (reporter.isListening || picker !== undefined)) {
      reporter.ended(node, durationMs, outcome !== 'success', picker);
    }
  }
}
