import type { Node } from '../../pool/node.js';
import type { Balancer, PickContext } from './balancer.js';
import { type DrawOptions, resolveRandom } from './balancer-options.js';
import { betterOfTwo } from './draw.js';
import { LatencyEstimates } from './latency-estimates.js';
import { isLessLoaded } from './least-loaded.js';
import { nodeWeight } from './weights.js';

/** Options of {@link peakEwma}. */
export interface PeakEwmaOptions extends DrawOptions {
  /**
   * Time over which a measurement fades, in ms: after it, it counts a third (1/e). Longer is calmer, shorter
   * adapts sooner. Above 0. @default 10000
   */
  decayMs?: number | undefined;
}

/**
 * Of two usable nodes drawn at random, the one that is likely to answer sooner: the least of latency x (calls in
 * flight + 1) / weight. The latency is a moving average that jumps to every peak and sinks slowly, as in Twitter's
 * Finagle. It also sinks while a node is not called, so a node that was slow is tried again.
 *
 * Latencies come from {@link Balancer.report}. A call that failed never makes a node look faster: it counts at
 * least as long as the node's estimate and the usual latency of all nodes, else a node that refuses every call at
 * once would draw all traffic. A node without a measurement counts as instant while it has no call, and as usual
 * until its first answer: it is tried soon, but not flooded.
 * @throws InvalidOptionError
 */
export function peakEwma(options: PeakEwmaOptions = {}): Balancer {
  const random = resolveRandom(options, {
    decayMs: {
      allowed: 'a finite number of ms above 0',
      accepts: (v) => typeof v === 'number' && v > 0 && v < Infinity,
    },
  });
  return new PeakEwma(random, options.decayMs ?? 10_000);
}

class PeakEwma implements Balancer {
  readonly #random: () => number;
  readonly #decayMs: number;
  readonly #better: (a: number, b: number) => number;
  #nodes: readonly Node[] = [];
  #numbers = new Map<string, number>();
  /** By node number. */
  #estimates: LatencyEstimates;
  /** One estimate over all nodes, without peaks: number 0. */
  readonly #usual: LatencyEstimates;

  constructor(random: () => number, decayMs: number) {
    this.#random = random;
    this.#decayMs = decayMs;
    this.#better = (a, b) => (this.#isBetter(a, b) ? a : b);
    this.#estimates = new LatencyEstimates(0, decayMs);
    this.#usual = new LatencyEstimates(1, decayMs);
  }

  update(nodes: readonly Node[]): void {
    const estimates = new LatencyEstimates(nodes.length, this.#decayMs);
    for (const [i, { id }] of nodes.entries()) {
      const known = this.#numbers.get(id);
      if (known !== undefined) estimates.copy(i, this.#estimates, known);
    }
    this.#nodes = nodes.slice();
    this.#numbers = new Map(nodes.map(({ id }, i) => [id, i]));
    this.#estimates = estimates;
  }

  pick({ tried }: PickContext): Node | undefined {
    return betterOfTwo(this.#nodes, tried, this.#random, this.#better);
  }

  report(node: Node, durationMs: number, failed: boolean): void {
    const i = this.#numbers.get(node.id);
    if (i === undefined) return;
    const now = performance.now();
    if (!failed) this.#usual.blend(0, durationMs, now);
    const latencyMs = failed
      ? Math.max(durationMs, this.#estimates.last(i), this.#usual.last(0))
      : durationMs;
    if (latencyMs >= this.#estimates.faded(i, now)) this.#estimates.write(i, latencyMs, now);
    else this.#estimates.blend(i, latencyMs, now);
  }

  #isBetter(a: number, b: number): boolean {
    const now = performance.now();
    const costA = this.#cost(a, now);
    const costB = this.#cost(b, now);
    if (costA !== costB) return costA < costB;
    return isLessLoaded(this.#nodes[a]!, this.#nodes[b]!, this.#random);
  }

  #cost(i: number, now: number): number {
    const node = this.#nodes[i]!;
    const { inFlight } = node;
    let latencyMs = this.#estimates.faded(i, now);
    if (latencyMs < 0) latencyMs = inFlight === 0 ? 0 : Math.max(0, this.#usual.last(0));
    return (latencyMs * (inFlight + 1)) / nodeWeight(node);
  }
}
