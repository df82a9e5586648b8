import { type Endpoint, weightOf } from '../pool/endpoint.js';
import type { Node } from '../pool/node.js';
import { SharedClient } from '../pool/shared-client.js';
import type { TransportSource } from '../pool/transport-source.js';
import { type BreakerState, CircuitBreaker, type ResolvedBreaker, type Ticket } from './circuit-breaker.js';
import type { Outcome } from './outcome.js';
import { OutlierRecord } from './outlier-record.js';

/**
 * `warming`: listed, its first connections are being dialed. `serving`: takes calls. `draining`: takes no new
 * calls, those in flight finish. `closed`: gone.
 */
export type NodePhase = 'warming' | 'serving' | 'draining' | 'closed';

/** What a node tells its cluster. */
export interface NodeHost<TClient> {
  readonly breaker: ResolvedBreaker | false;
  /** So few nodes are healthy that health is no longer looked at. */
  readonly panicking: boolean;
  /** The node's breaker changed. */
  breakerChanged(node: ClusterNode<TClient>, state: BreakerState): void;
  /** The node's `healthy` changed. */
  healthChanged(node: ClusterNode<TClient>): void;
  /** A call at the node ended and says something about it. */
  judged(node: ClusterNode<TClient>, outcome: 'success' | 'failure'): void;
}

/** An endpoint with its source of clients, its breaker and its figures. */
export class ClusterNode<TClient> implements Node<TClient> {
  readonly id: string;
  readonly source: TransportSource<TClient>;
  /** The source again, when it is one client for all callers. */
  readonly shared: SharedClient<TClient> | undefined;
  readonly breaker: CircuitBreaker | undefined;
  readonly outlier = new OutlierRecord();
  /** Calls sent here that have not ended. Changed by `enter` and `leave` alone. */
  inFlight = 0;
  /** Runs of callers' functions since the node was added, those that failed, and the time they took. */
  calls = 0;
  failures = 0;
  callMsTotal = 0;
  /** What the last call or connection that failed here failed with. */
  lastError: unknown = undefined;
  /** When the node last became able to take traffic, ms; slow start counts from here. */
  servingSince = 0;
  readonly #host: NodeHost<TClient>;
  #endpoint: Endpoint;
  #weight: number;
  #phase: NodePhase = 'warming';
  #checkFailed = false;
  /** Breaker closed, not ejected, last health check passed. Kept, because every pick reads it. */
  #healthy = true;
  #draining: Promise<void> | undefined;
  #wasCut = false;
  /** Set while a drain waits for the calls in flight. */
  #onIdle: (() => void) | undefined;
  #onCut: (() => void) | undefined;

  constructor(
    endpoint: Endpoint,
    source: TransportSource<TClient>,
    /** Who named the endpoint: a list from discovery takes away only what discovery named. */
    readonly origin: 'user' | 'discovery',
    host: NodeHost<TClient>,
  ) {
    this.id = endpoint.id;
    this.source = source;
    this.shared = source instanceof SharedClient ? source : undefined;
    this.#host = host;
    this.#endpoint = endpoint;
    this.#weight = weightOf(endpoint);
    this.breaker =
      host.breaker === false
        ? undefined
        : new CircuitBreaker(host.breaker, (state) => {
            this.#recheck();
            host.breakerChanged(this, state);
          });
  }

  get endpoint(): Endpoint {
    return this.#endpoint;
  }

  get weight(): number {
    return this.#weight;
  }

  get phase(): NodePhase {
    return this.#phase;
  }

  get healthy(): boolean {
    return this.#healthy;
  }

  get checkFailed(): boolean {
    return this.#checkFailed;
  }

  get available(): boolean {
    return this.#phase === 'serving' && (this.#healthy || this.#host.panicking || this.#admitsTrial());
  }

  /** Takes over what changed about the endpoint; connections stay. */
  update(endpoint: Endpoint): void {
    this.#endpoint = endpoint;
    this.#weight = weightOf(endpoint);
  }

  /** From now on the node takes calls. */
  serve(): void {
    this.#phase = 'serving';
  }

  /** A call is sent here; it must `leave` exactly once. */
  enter(): Ticket {
    this.inFlight++;
    return this.breaker?.enter() ?? 0;
  }

  /** Whether a call that entered may still be sent here, after whatever has happened since. */
  holds(ticket: Ticket): boolean {
    if (this.#phase !== 'serving') return false;
    const isFit =
      !this.#checkFailed &&
      !this.outlier.isEjected &&
      (this.breaker === undefined || this.breaker.holds(ticket));
    return isFit || this.#host.panicking;
  }

  leave(ticket: Ticket, outcome: Outcome): void {
    this.inFlight--;
    this.breaker?.leave(ticket, outcome);
    if (outcome !== 'neutral') this.#host.judged(this, outcome);
    if (this.inFlight === 0) this.#onIdle?.();
  }

  /** The node's ejection began or ended; see {@link OutlierRecord}. */
  ejectionChanged(): void {
    this.#recheck();
  }

  /** The last health check passed or failed. */
  setCheckFailed(failed: boolean): void {
    this.#checkFailed = failed;
    this.#recheck();
  }

  /** Takes no new calls, lets those in flight finish, then closes the source; rejects when that fails. Idempotent. */
  drain(): Promise<void> {
    this.#draining ??= this.#drain();
    return this.#draining;
  }

  /** Ends a drain at once: whoever still holds a connection here loses it. */
  cut(): void {
    this.#wasCut = true;
    this.#onCut?.();
  }

  #admitsTrial(): boolean {
    return !this.#checkFailed && !this.outlier.isEjected && this.breaker?.admits === true;
  }

  #recheck(): void {
    const healthy =
      !this.#checkFailed &&
      !this.outlier.isEjected &&
      (this.breaker === undefined || this.breaker.state === 'closed');
    if (healthy === this.#healthy) return;
    this.#healthy = healthy;
    this.#host.healthChanged(this);
  }

  async #drain(): Promise<void> {
    this.#phase = 'draining';
    // In any case a moment later: who made the node leave finishes saying so first.
    await (this.inFlight === 0
      ? undefined
      : this.#untilCutOr((resolve) => {
          this.#onIdle = resolve;
        }));
    try {
      const closing = this.source.close(this.#wasCut ? { timeoutMs: 0 } : undefined);
      // Whoever got a connection from the source directly is waited for too, but not beyond a cut.
      await (this.#wasCut ? closing : Promise.race([closing, this.#untilCutOr(() => {})]));
    } finally {
      this.#phase = 'closed';
    }
  }

  #untilCutOr(other: (resolve: () => void) => void): Promise<void> {
    return new Promise((resolve) => {
      this.#onCut = resolve;
      other(resolve);
    });
  }
}
