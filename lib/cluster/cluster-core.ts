import { setMaxListeners } from 'node:events';
import { type Chain, compose } from '../middleware/compose.js';
import type { Middleware } from '../middleware/middleware.js';
import { toError } from '../middleware/recover.js';
import { describeError, describeMs, PoolClosedError } from '../pool/errors.js';
import type { Node } from '../pool/node.js';
import type { EmitClusterEvent } from './cluster-events.js';
import { ClusterHealth } from './cluster-health.js';
import type { ResolvedClusterOptions } from './cluster-options.js';
import { type ClusterStats, nodeStats } from './cluster-stats.js';
import { DiscoveryFollower } from './discovery-follower.js';
import { DiscoveryIntake } from './discovery-intake.js';
import type { DoOptions } from './do-options.js';
import { NoAvailableClientError } from './errors.js';
import type { Lease } from './lease.js';
import { Membership } from './membership.js';
import { NodePicker } from './node-picker.js';
import { Readiness } from './readiness.js';
import { Roster } from './roster.js';

/** How long a call without a time limit of its own waits for the cluster's first node. */
const DEFAULT_WAIT_MS = 30_000;

const CALLS_PER_SIGNAL = 1_000;

/** What a cluster consists of, and what its calls ask of it. */
export class ClusterCore<TClient> {
  readonly options: ResolvedClusterOptions<TClient>;
  readonly membership: Membership<TClient>;
  readonly health: ClusterHealth<TClient>;
  readonly roster = new Roster<TClient>();
  readonly readiness = new Readiness();
  readonly intake: DiscoveryIntake<TClient>;
  state: 'open' | 'closing' | 'closed' = 'open';
  /** Undefined as long as there is no middleware. */
  chain: Chain<TClient> | undefined;
  readonly #emit: EmitClusterEvent<TClient>;
  readonly #picker: NodePicker<TClient>;
  readonly #follower: DiscoveryFollower | undefined;
  readonly #middleware: Middleware<TClient>[] = [];
  #calls = 0;
  #rejected = 0;
  /** Calls under way. */
  #running = 0;
  /** How many of them `cut` left to themselves. */
  #cut = 0;
  /** Set while somebody waits for the last call to end. */
  #onQuiet: (() => void) | undefined;
  /** Calls in the middleware chain, attempts under way included. */
  readonly #inChain = new Set<{ cut(): void }>();
  #sharedSignal!: AbortController;
  #signalUses = 0;

  constructor(options: ResolvedClusterOptions<TClient>, emit: EmitClusterEvent<TClient>) {
    const changed = () => this.readiness.changed();
    this.options = options;
    this.#emit = emit;
    this.health = new ClusterHealth(options, this.roster, emit, changed);
    this.membership = new Membership(options, this.roster, this.health, emit, changed);
    this.intake = new DiscoveryIntake(options.allowEmpty, this.roster, this.membership, emit);
    this.#picker = new NodePicker(options.name, this.roster, this.health.slowStart, options.balancer);
    this.#follower =
      options.discovery === undefined ? undefined : new DiscoveryFollower(options.discovery, this.intake);
  }

  get name(): string {
    return this.options.name;
  }

  use(middleware: Middleware<TClient>): void {
    const all = [...this.#middleware, middleware];
    this.chain = compose(all);
    this.#middleware.push(middleware);
  }

  /** @throws PoolClosedError */
  refuseClosed(): void {
    if (this.state !== 'open') throw new PoolClosedError(this.name);
  }

  /** A call begins; it must say `callEnded` once. */
  callBegan(): void {
    this.refuseClosed();
    this.#calls++;
    this.#running++;
  }

  callEnded(): void {
    this.#running--;
    if (this.#running === 0) this.#onQuiet?.();
  }

  /** The signal that middleware sees of calls whose callers gave none. */
  signalToShare(): AbortController {
    // Renewed now and then: what callbacks leave on it must not pile up.
    if (this.#signalUses++ % CALLS_PER_SIGNAL === 0) {
      this.#sharedSignal = new AbortController();
      setMaxListeners(0, this.#sharedSignal.signal);
    }
    return this.#sharedSignal;
  }

  /** A call enters the middleware chain; it is told when the cluster waits no longer for it. */
  chainEntered(call: { cut(): void }): void {
    this.#inChain.add(call);
  }

  chainLeft(call: { cut(): void }): void {
    this.#inChain.delete(call);
  }

  /** Giving a connection of the node back failed. */
  closeFailed(node: Node<TClient>, error: unknown): void {
    this.#emit('closeError', node, error);
  }

  /** What a caller is told: always an Error, except for the reason its own signal gives. */
  rejection(error: unknown, signal: AbortSignal | undefined): unknown {
    if (error instanceof NoAvailableClientError) this.#rejected++;
    return signal?.aborted === true && error === signal.reason ? error : toError(error);
  }

  /** Sends a call to a node that is not in `tried`. */
  lease(tried: ReadonlySet<Node>, options: DoOptions | undefined): Lease<TClient> | undefined {
    const pinned = options?.endpointId;
    if (pinned === undefined) return this.#picker.lease(tried, options);
    const node = this.roster.get(pinned);
    return node === undefined ? undefined : this.#picker.pin(node);
  }

  /** Waits, where that can help, until there is a node to send a call to; its `timeoutMs` bounds it. */
  waitForNode(options: DoOptions | undefined, signal: AbortSignal | undefined): Promise<void> {
    const { endpointId, timeoutMs = DEFAULT_WAIT_MS } = options ?? {};
    return this.readiness.wait({
      isOver: () => this.state !== 'open' || !this.#isExpected(endpointId),
      signal,
      timeoutMs,
      timeoutError: () =>
        this.noNode(`${this.#whatIsMissing()} within ${describeMs(timeoutMs)}`, this.#whyMissing()),
    });
  }

  /** Resolves once a healthy node takes calls. */
  ready(signal: AbortSignal | undefined, timeoutMs = DEFAULT_WAIT_MS): Promise<void> {
    if (this.state !== 'open') return Promise.reject(new PoolClosedError(this.name));
    return this.readiness.wait({
      isOver: () => this.roster.healthyCount > 0,
      signal,
      timeoutMs,
      timeoutError: () =>
        this.noNode(
          `not ready within ${describeMs(timeoutMs)}: ${this.#whatIsMissing()}`,
          this.#whyMissing(),
        ),
    });
  }

  noNode(why: string, cause?: unknown): NoAvailableClientError {
    const reason = cause === undefined ? why : `${why} (last error: ${describeError(cause)})`;
    return new NoAvailableClientError(this.name, reason, cause);
  }

  /**
   * No node could be picked. `lastFailure` is what the call has failed with before.
   * @throws NoAvailableClientError, or PoolClosedError when the cluster was closed over its calls
   */
  refuse(endpointId: string | undefined, lastFailure: unknown): never {
    if (this.state !== 'open' && this.roster.servingCount === 0) throw new PoolClosedError(this.name);
    const known = endpointId === undefined ? this.#whyMissing() : this.roster.get(endpointId)?.lastError;
    throw this.noNode(this.#describeNodes(endpointId), lastFailure ?? known);
  }

  /** Why no node could be picked, in words. */
  #describeNodes(endpointId: string | undefined): string {
    const { servingCount, healthyCount } = this.roster;
    if (endpointId !== undefined) {
      const state = this.roster.get(endpointId)?.phase;
      return state === undefined ? `there is no node '${endpointId}'` : `node '${endpointId}' is unavailable`;
    }
    if (servingCount === 0) return this.#whatIsMissing();
    return `none of ${servingCount} nodes is available, ${healthyCount} of them healthy`;
  }

  /** Refuses new calls, lets those under way end, then drains every node. */
  async close(): Promise<void> {
    this.state = 'closing';
    this.#follower?.stop();
    this.readiness.rejectAll(new PoolClosedError(this.name));
    if (this.#running > 0) await new Promise<void>((resolve) => (this.#onQuiet = resolve));
    await this.membership.removeAll();
    this.state = 'closed';
  }

  /** A closing cluster waits no longer: calls under way lose their connections, those in middleware give up. */
  cut(): void {
    this.#cut = this.#running;
    for (const call of this.#inChain) call.cut();
    void this.membership.removeAll();
    this.membership.cut();
    this.#onQuiet?.();
  }

  stats(): ClusterStats {
    const { roster, membership, health } = this;
    return {
      name: this.name,
      state: this.state,
      nodes: [...roster.members, ...membership.leaving].map((node) => nodeStats(node, health.slowStart)),
      calls: this.#calls,
      rejected: this.#rejected,
      running: this.#running,
      cut: this.#cut,
      waiting: this.readiness.waiting,
      panicking: health.panicking,
      ...(this.options.discovery === undefined ? {} : { discovery: { ...this.intake.counters } }),
    };
  }

  get #awaitsList(): boolean {
    return this.options.discovery !== undefined && this.intake.counters.updates === 0;
  }

  /** Whether waiting may bring the node that a call needs. */
  #isExpected(endpointId: string | undefined): boolean {
    if (endpointId !== undefined) {
      const node = this.roster.get(endpointId);
      return node === undefined ? this.#awaitsList : node.phase === 'warming';
    }
    return this.roster.servingCount === 0 && (this.#awaitsList || this.roster.warmingCount > 0);
  }

  #whatIsMissing(): string {
    if (this.#awaitsList && this.roster.servingCount === 0) return 'no list of endpoints from discovery yet';
    if (this.roster.servingCount > 0) return `none of ${this.roster.servingCount} nodes is healthy`;
    const { warmingCount } = this.roster;
    return warmingCount === 0
      ? 'there are no nodes'
      : `none of ${warmingCount} nodes has its first connections`;
  }

  #whyMissing(): unknown {
    if (this.roster.servingCount > 0) return this.health.lastError;
    return this.roster.warmingCount > 0 ? this.membership.lastPrewarmError : this.intake.lastError;
  }
}
