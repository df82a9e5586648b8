import type { BreakerState, ResolvedBreaker } from './circuit-breaker.js';
import type { EmitClusterEvent } from './cluster-events.js';
import type { ClusterNode, NodeHost } from './cluster-node.js';
import type { ResolvedClusterOptions } from './cluster-options.js';
import { type CheckHost, HealthCheck } from './health-check.js';
import { OutlierDetector, type OutlierHost } from './outlier-detector.js';
import type { Roster } from './roster.js';
import { SlowStart } from './slow-start.js';

/** Everything that decides which nodes are fit to take calls: breakers, ejection, health checks, panic, slow start. */
export class ClusterHealth<TClient> implements NodeHost<TClient>, OutlierHost<TClient>, CheckHost<TClient> {
  readonly breaker: ResolvedBreaker | false;
  readonly slowStart: SlowStart<TClient> | undefined;
  readonly #options: ResolvedClusterOptions<TClient>;
  readonly #roster: Roster<TClient>;
  readonly #emit: EmitClusterEvent<TClient>;
  readonly #onChange: () => void;
  readonly #detector: OutlierDetector<TClient> | undefined;
  readonly #checks = new Map<ClusterNode<TClient>, HealthCheck<TClient>>();
  /** The member that became unhealthy last, or whose breaker opened last; it may be well again. */
  #lastFailed: ClusterNode<TClient> | undefined;

  /** `onChange` is called whenever a node's health has changed. */
  constructor(
    options: ResolvedClusterOptions<TClient>,
    roster: Roster<TClient>,
    emit: EmitClusterEvent<TClient>,
    onChange: () => void,
  ) {
    this.breaker = options.breaker;
    this.slowStart = options.slowStartMs > 0 ? new SlowStart(options.slowStartMs) : undefined;
    this.#options = options;
    this.#roster = roster;
    this.#emit = emit;
    this.#onChange = onChange;
    this.#detector = options.outlier === false ? undefined : new OutlierDetector(options.outlier, this);
  }

  /** So few nodes are healthy that health is no longer looked at. */
  get panicking(): boolean {
    const { healthyCount, servingCount } = this.#roster;
    return healthyCount < servingCount * this.#options.panicThreshold;
  }

  /** What the node that failed last failed with, as long as that keeps calls away from it. */
  get lastError(): unknown {
    return this.#lastFailed?.healthy === false ? this.#lastFailed.lastError : undefined;
  }

  get size(): number {
    return this.#roster.servingCount;
  }

  /** The node takes calls from now on. */
  begin(node: ClusterNode<TClient>): void {
    this.slowStart?.begin(node);
    const { healthCheck } = this.#options;
    // A client that all callers share cannot be checked by taking it.
    if (healthCheck === false || (healthCheck.check === undefined && node.shared !== undefined)) return;
    this.#checks.set(node, new HealthCheck(node, healthCheck, this));
  }

  /** The node is leaving. */
  end(node: ClusterNode<TClient>): void {
    this.slowStart?.forget(node);
    this.#detector?.forget(node);
    this.#checks.get(node)?.stop();
    this.#checks.delete(node);
    if (this.#lastFailed === node) this.#lastFailed = this.#anyUnhealthy();
  }

  judged(node: ClusterNode<TClient>, outcome: 'success' | 'failure'): void {
    this.#detector?.record(node, outcome);
  }

  healthChanged(node: ClusterNode<TClient>): void {
    if (node.phase !== 'serving') return;
    this.#roster.healthChanged(node);
    if (node.healthy) this.slowStart?.begin(node);
    else this.#lastFailed = node;
    this.#onChange();
  }

  breakerChanged(node: ClusterNode<TClient>, state: BreakerState): void {
    // What late calls do to the breaker of a node that has left concerns nobody.
    if (node.phase !== 'serving') return;
    if (state === 'open') {
      this.#lastFailed = node;
      this.#emit('breakerOpen', node, node.lastError);
    } else this.#emit(state === 'closed' ? 'breakerClose' : 'breakerHalfOpen', node);
  }

  ejected(node: ClusterNode<TClient>, forMs: number): void {
    this.#emit('nodeEjected', node, forMs);
  }

  readmitted(node: ClusterNode<TClient>): void {
    this.#emit('nodeReadmitted', node);
  }

  checkPassed(node: ClusterNode<TClient>, markedUp: boolean): void {
    const { healthCheck } = this.#options;
    if (healthCheck !== false && healthCheck.endsEjection) this.#detector?.readmit(node);
    if (markedUp) this.#emit('nodeMarkedUp', node);
  }

  checkFailed(node: ClusterNode<TClient>, error: unknown, markedDown: boolean): void {
    this.#emit('healthCheckFailed', node, error, markedDown);
  }

  #anyUnhealthy(): ClusterNode<TClient> | undefined {
    for (const node of this.#roster.members) if (!node.healthy) return node;
    return undefined;
  }
}
