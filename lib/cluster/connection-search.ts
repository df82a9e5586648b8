import { now } from '../pool/clock.js';
import { describeMs, PoolClosedError } from '../pool/errors.js';
import type { Node } from '../pool/node.js';
import type { GetOptions } from '../pool/options.js';
import type { Transport } from '../pool/transport.js';
import type { TransportSource } from '../pool/transport-source.js';
import { boundedGet } from './bounded-get.js';
import type { ClusterCore } from './cluster-core.js';
import type { ClusterNode } from './cluster-node.js';
import type { DoOptions } from './do-options.js';
import type { Lease } from './lease.js';
import { type Outcome, outcomeOfAbort, outcomeOfGet } from './outcome.js';

/** A call that has arrived: at a node, with a client in hand. */
export interface Connected<TClient> {
  readonly lease: Lease<TClient>;
  readonly transport: Transport<TClient>;
}

/** Told of every node that is tried, before its connection is taken. */
export type OnNode<TClient> = (node: ClusterNode<TClient>) => void;

const NONE: ReadonlySet<Node> = new Set();

/** Finds one call its node, then its connection; remembers over all its attempts where it has been. */
export class ConnectionSearch<TClient> {
  readonly #core: ClusterCore<TClient>;
  readonly #options: DoOptions | undefined;
  /** Where the call was sent first; the set below is made only when there is a second node. */
  #first: ClusterNode<TClient> | undefined;
  #tried: Set<Node> | undefined;
  /** What the call's latest stay at a node failed with. */
  #lastFailure: unknown;
  /** What the wait for the cluster's first node has used up of the call's time, ms. */
  #waitedMs = 0;

  constructor(core: ClusterCore<TClient>, options: DoOptions | undefined) {
    this.#core = core;
    this.#options = options;
  }

  /** Sends the call to its first node, if there is one at once. */
  start(): Lease<TClient> | undefined {
    const lease = this.#core.lease(NONE, this.#options);
    this.#first = lease?.node;
    // A second attempt may have begun while the first one waited for a node.
    if (lease !== undefined) this.#tried?.add(lease.node);
    return lease;
  }

  /**
   * Waits, where that helps, for the cluster's first node and sends the call there.
   * @throws NoAvailableClientError, PoolClosedError; an aborted signal's reason
   */
  async startLater(signal: AbortSignal | undefined): Promise<Lease<TClient>> {
    const since = now();
    await this.#core.waitForNode(this.#options, signal);
    this.#waitedMs = now() - since;
    return this.start() ?? this.#refuse();
  }

  /**
   * Sends a further attempt to a node: where it has not been yet, when there is one.
   * @throws NoAvailableClientError, PoolClosedError
   */
  startAgain(): Lease<TClient> {
    this.#waitedMs = 0;
    return this.#leaseOther(NONE) ?? this.#refuse();
  }

  /** An attempt failed after it had got its connection. */
  failed(error: unknown): void {
    this.#lastFailure = error;
  }

  /**
   * Takes a connection of the node, or, when that fails, of the next one, until each was tried once or the time
   * is up.
   * @throws NoAvailableClientError with the last failure as its cause; an aborted signal's reason
   */
  async connect(
    start: Lease<TClient>,
    signal: AbortSignal | undefined,
    onNode: OnNode<TClient>,
  ): Promise<Connected<TClient>> {
    const deadline = this.#deadline();
    const failed = new Set<Node>();
    for (let lease = start; ; ) {
      const { node } = lease;
      onNode(node);
      try {
        const transport =
          node.shared?.take() ??
          (await boundedGet(node.source, this.#getOptions(signal, deadline), (error) =>
            this.#core.closeFailed(node, error),
          ));
        return { lease, transport };
      } catch (error) {
        this.#giveUp(lease, error, signal);
        failed.add(node);
        lease = this.#next(failed, deadline, error);
      }
    }
  }

  /** Ends the stay at a node that gave no connection. */
  #giveUp(lease: Lease<TClient>, error: unknown, signal: AbortSignal | undefined): void {
    lease.end(this.#outcomeOf(lease, error, signal), error);
    this.#lastFailure = error;
    if (signal?.aborted === true) throw signal.reason;
    if (error instanceof PoolClosedError && this.#core.state !== 'open')
      throw new PoolClosedError(this.#core.name);
  }

  #outcomeOf({ node }: Lease<TClient>, error: unknown, signal: AbortSignal | undefined): Outcome {
    if (signal?.aborted !== true) return outcomeOfGet(error);
    // A call that only stood in line for a connection knows nothing about the node.
    if (!isAskingNode(node.source)) return 'neutral';
    return outcomeOfAbort(signal.reason, this.#options?.signal, this.#core.options.isFailure);
  }

  #refuse(): never {
    return this.#core.refuse(this.#options?.endpointId, this.#lastFailure);
  }

  #next(failed: ReadonlySet<Node>, deadline: number, error: unknown): Lease<TClient> {
    const late = deadline !== Infinity && now() >= deadline;
    const lease = late || this.#options?.endpointId !== undefined ? undefined : this.#leaseOther(failed);
    if (lease !== undefined) return lease;
    const nodes = failed.size === 1 ? '1 node gave' : `${failed.size} nodes gave`;
    const limit = late ? ` within ${describeMs(this.#options!.timeoutMs!)}` : '';
    throw this.#core.noNode(`${nodes} no connection${limit}`, error);
  }

  /** A node where the call has not been, else one that is not in `excluded`. */
  #leaseOther(excluded: ReadonlySet<Node>): Lease<TClient> | undefined {
    const tried = this.#remembered();
    const core = this.#core;
    let lease = core.lease(tried, this.#options);
    if (lease === undefined && excluded.size < tried.size) lease = core.lease(excluded, this.#options);
    if (lease !== undefined) tried.add(lease.node);
    return lease;
  }

  #remembered(): Set<Node> {
    this.#tried ??= new Set(this.#first === undefined ? [] : [this.#first]);
    return this.#tried;
  }

  #deadline(): number {
    const { timeoutMs } = this.#options ?? {};
    return timeoutMs === undefined || timeoutMs === 0 ? Infinity : now() + timeoutMs - this.#waitedMs;
  }

  #getOptions(signal: AbortSignal | undefined, deadline: number): GetOptions | undefined {
    const { timeoutMs, priority } = this.#options ?? {};
    if (signal === undefined && timeoutMs === undefined && priority === undefined) return undefined;
    // 0 would be no limit at all.
    const remainingMs = deadline === Infinity ? timeoutMs : Math.max(Number.MIN_VALUE, deadline - now());
    return { signal, timeoutMs: remainingMs, priority };
  }
}

/** Whether whoever waits at the source waits for the node itself, for a dial or a heartbeat, and not for its turn. */
function isAskingNode(source: TransportSource<unknown>): boolean {
  try {
    const { dialing, checking, waiting, inUse } = source.stats();
    return dialing + checking > 0 && (waiting === 0 || inUse === 0);
  } catch {
    return false;
  }
}
