import { describeError, describeValue } from '../pool/errors.js';
import type { Node } from '../pool/node.js';
import type { Balancer, BalancerName } from './balancers/balancer.js';
import { balancerByName } from './balancers/balancer-by-name.js';
import { ClusterNode } from './cluster-node.js';
import { NoAvailableClientError } from './errors.js';
import { Lease, type LeaseReporter } from './lease.js';
import type { Roster } from './roster.js';
import type { SlowStart } from './slow-start.js';

/** What a caller may say about the node it wants. */
export interface PickWishes {
  readonly balancer?: Balancer | BalancerName | undefined;
  readonly hashKey?: string | undefined;
}

/** Asks balancers for nodes, and keeps them up to date while doing so. */
export class NodePicker<TClient> implements LeaseReporter<TClient> {
  readonly #clusterName: string;
  readonly #roster: Roster<TClient>;
  readonly #slowStart: SlowStart<TClient> | undefined;
  readonly #default: Balancer;
  /** The version of the roster that the default balancer knows. */
  #defaultVersion = -1;
  /** Balancers made because a call named them. */
  readonly #named = new Map<BalancerName, Balancer>();
  /** Those of the balancers above that want to know how calls end. */
  readonly #listeners: Balancer[] = [];
  /** The version of the roster that each of the other balancers knows. */
  readonly #versions = new WeakMap<Balancer, number>();

  constructor(
    clusterName: string,
    roster: Roster<TClient>,
    slowStart: SlowStart<TClient> | undefined,
    balancer: Balancer | BalancerName,
  ) {
    this.#clusterName = clusterName;
    this.#roster = roster;
    this.#slowStart = slowStart;
    this.#default = typeof balancer === 'string' ? balancerByName(balancer) : balancer;
    if (this.#default.report !== undefined) this.#listeners.push(this.#default);
  }

  get isListening(): boolean {
    return this.#listeners.length > 0;
  }

  /**
   * Sends a call to an available node that is not in `tried`.
   * @throws NoAvailableClientError when a balancer picks something else, and what a balancer throws
   */
  lease(tried: ReadonlySet<Node>, wishes?: PickWishes): Lease<TClient> | undefined {
    const wish = wishes?.balancer;
    const balancer = wish === undefined ? this.#upToDateDefault() : this.#upToDate(wish);
    const hashKey = wishes?.hashKey;
    let node = this.#ask(balancer, hashKey, tried);
    if (node === undefined) return undefined;
    if (this.#slowStart?.isActive === true) {
      node = this.#unlessStarting(node, balancer, hashKey, tried, this.#slowStart);
    }
    return new Lease(node, this, typeof wish === 'object' && wish !== this.#default ? wish : undefined);
  }

  /** Sends a call to this very node, if it is available. */
  pin(node: ClusterNode<TClient>): Lease<TClient> | undefined {
    return node.available ? new Lease(node, this, undefined) : undefined;
  }

  ended(node: ClusterNode<TClient>, durationMs: number, failed: boolean, picker: Balancer | undefined): void {
    for (const balancer of this.#listeners) report(balancer, node, durationMs, failed);
    if (picker !== undefined) report(picker, node, durationMs, failed);
  }

  /** Moves on from nodes whose slow start turns the call away, as long as there are others. */
  #unlessStarting(
    first: ClusterNode<TClient>,
    balancer: Balancer,
    hashKey: string | undefined,
    tried: ReadonlySet<Node>,
    slowStart: SlowStart<TClient>,
  ): ClusterNode<TClient> {
    let node: ClusterNode<TClient> | undefined = first;
    let skipped: Set<Node> | undefined;
    while (node !== undefined && !slowStart.admits(node, this.#roster.servingCount)) {
      skipped ??= new Set(tried);
      skipped.add(node);
      node = this.#ask(balancer, hashKey, skipped);
    }
    return node ?? first;
  }

  #ask(
    balancer: Balancer,
    hashKey: string | undefined,
    tried: ReadonlySet<Node>,
  ): ClusterNode<TClient> | undefined {
    const node = balancer.pick(hashKey === undefined ? { tried } : { hashKey, tried });
    if (node === undefined) return undefined;
    if (
      !(node instanceof ClusterNode) ||
      this.#roster.get(node.id) !== node ||
      !node.available ||
      tried.has(node)
    ) {
      throw this.#wrongPick(node, tried);
    }
    return node;
  }

  #wrongPick(picked: Node, tried: ReadonlySet<Node>): NoAvailableClientError {
    const given: Partial<Node & Promise<unknown>> | string | null = picked;
    if (typeof given?.id !== 'string') {
      // A promise may reject, and nobody will ask.
      if (typeof given?.then === 'function') given.then(undefined, () => {});
      const said = typeof given?.then === 'function' ? 'a promise' : describeValue(picked);
      return new NoAvailableClientError(
        this.#clusterName,
        `the balancer must pick a node or undefined, got ${said}`,
      );
    }
    const isRepeated = picked instanceof ClusterNode && tried.has(picked);
    const cause: unknown = isRepeated ? picked.lastError : undefined;
    const last = cause === undefined ? '' : ` (last error: ${describeError(cause)})`;
    return new NoAvailableClientError(
      this.#clusterName,
      `the balancer picked '${picked.id}', which is no node of this cluster, unavailable or already tried${last}`,
      cause,
    );
  }

  #upToDateDefault(): Balancer {
    const { version } = this.#roster;
    if (this.#defaultVersion !== version) {
      // A copy: what a balancer does with its list is its own affair.
      this.#default.update(this.#roster.serving.slice());
      this.#defaultVersion = version;
    }
    return this.#default;
  }

  #upToDate(wish: Balancer | BalancerName): Balancer {
    const balancer = typeof wish === 'string' ? this.#byName(wish) : wish;
    if (balancer === this.#default) return this.#upToDateDefault();
    const { version } = this.#roster;
    if (this.#versions.get(balancer) !== version) {
      balancer.update(this.#roster.serving.slice());
      this.#versions.set(balancer, version);
    }
    return balancer;
  }

  #byName(name: BalancerName): Balancer {
    const known = this.#named.get(name);
    if (known !== undefined) return known;
    const balancer = balancerByName(name);
    this.#named.set(name, balancer);
    if (balancer.report !== undefined) this.#listeners.push(balancer);
    return balancer;
  }
}

/** A balancer that fails to take note must not fail the call it is told of. */
function report(balancer: Balancer, node: Node, durationMs: number, failed: boolean): void {
  try {
    balancer.report?.(node, durationMs, failed);
  } catch (error) {
    process.emitWarning(error instanceof Error ? error : String(error));
  }
}
