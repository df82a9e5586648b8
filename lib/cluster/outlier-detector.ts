import { now, Timer } from '../pool/clock.js';
import type { ClusterNode } from './cluster-node.js';

/** Options of outlier ejection; the defaults are Envoy's. */
export interface OutlierOptions {
  /** Failures in a row after which a node is ejected. An integer from 1. @default 5 */
  consecutiveFailures?: number | undefined;
  /** How often ejected nodes are looked at, in ms. Above 0. @default 10000 */
  intervalMs?: number | undefined;
  /** Length of a node's first ejection, in ms; the n-th of late is n times as long. Above 0. @default 30000 */
  baseEjectionMs?: number | undefined;
  /** Longest ejection, in ms. Above 0. @default 300000 */
  maxEjectionMs?: number | undefined;
  /** Most nodes ejected at once, as a share from 0 to 1; at least one may always be. @default 0.1 */
  maxEjected?: number | undefined;
}

/** {@link OutlierOptions} with every default filled in. */
export type ResolvedOutlier = Readonly<Required<{ [K in keyof OutlierOptions]: number }>>;

/** Several timers in a row may fire this much early together; a node need not wait for another sweep then. */
const EARLY_MS = 5;

/** What the detector needs of its cluster. */
export interface OutlierHost<TClient> {
  /** How many nodes take calls, ejected ones included. */
  readonly size: number;
  ejected(node: ClusterNode<TClient>, forMs: number): void;
  readmitted(node: ClusterNode<TClient>): void;
}

/**
 * Takes nodes that fail again and again out of the rotation for a while, as Envoy's outlier detection does on
 * consecutive failures: each ejection of the same node lasts longer than the one before, quiet time makes up for
 * past ones, and only so many nodes may be out at once. An ejection ends at the first sweep past its end; there is
 * a timer only while some node is, or was lately, ejected.
 */
export class OutlierDetector<TClient> {
  readonly #options: ResolvedOutlier;
  readonly #host: OutlierHost<TClient>;
  /** Every node whose record is not blank. */
  readonly #watched = new Set<ClusterNode<TClient>>();
  #ejected = 0;
  #timer: Timer | undefined;

  constructor(options: ResolvedOutlier, host: OutlierHost<TClient>) {
    this.#options = options;
    this.#host = host;
  }

  /** Counts how a call at the node ended. */
  record(node: ClusterNode<TClient>, outcome: 'success' | 'failure'): void {
    const fails = node.outlier.count(outcome);
    if (node.phase === 'serving' && fails >= this.#options.consecutiveFailures && this.#hasRoom())
      this.#eject(node);
  }

  /** Ends the node's ejection early. */
  readmit(node: ClusterNode<TClient>): void {
    if (!node.outlier.isEjected) return;
    this.#ejected--;
    node.outlier.readmit();
    node.ejectionChanged();
    this.#host.readmitted(node);
  }

  /** The node is leaving. */
  forget(node: ClusterNode<TClient>): void {
    if (!this.#watched.delete(node)) return;
    if (node.outlier.isEjected) this.#ejected--;
    if (this.#watched.size === 0) this.stop();
  }

  /** Stops the timer. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #hasRoom(): boolean {
    return this.#ejected < Math.max(1, Math.floor(this.#host.size * this.#options.maxEjected));
  }

  #eject(node: ClusterNode<TClient>): void {
    const { baseEjectionMs, maxEjectionMs } = this.#options;
    const forMs = Math.min(baseEjectionMs * (node.outlier.timesEjected + 1), maxEjectionMs);
    node.outlier.eject(now() + forMs);
    this.#ejected++;
    this.#watched.add(node);
    node.ejectionChanged();
    this.#host.ejected(node, forMs);
    if (this.#timer === undefined) this.#arm();
  }

  #arm(): void {
    this.#timer = new Timer(() => this.#sweep(), this.#options.intervalMs, false);
  }

  #sweep(): void {
    this.#timer = undefined;
    const time = now() + EARLY_MS;
    for (const node of this.#watched) {
      if (node.outlier.isDue(time)) this.readmit(node);
      else node.outlier.forgetOne();
      if (!node.outlier.isEjected && node.outlier.timesEjected === 0) this.#watched.delete(node);
    }
    if (this.#watched.size > 0) this.#arm();
  }
}
