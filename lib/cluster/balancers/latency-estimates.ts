/** Moving averages of latencies, by number, each as of the moment of its last measurement. */
export class LatencyEstimates {
  /** Latency and moment of each, in ms, in turn: what is read together lies together. A latency below 0 is none. */
  readonly #values: Float64Array;
  readonly #decayMs: number;

  /** @param decayMs time in which a measurement comes to count 1/e of what it did */
  constructor(count: number, decayMs: number) {
    this.#values = new Float64Array(2 * count).fill(-1);
    this.#decayMs = decayMs;
  }

  /** The estimate as it was last written; -1 when there is none. */
  last(i: number): number {
    return this.#values[2 * i]!;
  }

  /** What is left of the estimate now; -1 when there is none. */
  faded(i: number, now: number): number {
    const latencyMs = this.#values[2 * i]!;
    return latencyMs < 0 ? -1 : latencyMs * Math.exp((this.#values[2 * i + 1]! - now) / this.#decayMs);
  }

  /** Makes a measurement the estimate. */
  write(i: number, latencyMs: number, now: number): void {
    this.#values[2 * i] = latencyMs;
    this.#values[2 * i + 1] = now;
  }

  /** Mixes a measurement in; it counts the more the older the estimate is. */
  blend(i: number, latencyMs: number, now: number): void {
    const before = Math.max(0, this.last(i));
    const kept = this.last(i) < 0 ? 0 : Math.exp((this.#values[2 * i + 1]! - now) / this.#decayMs);
    this.write(i, before * kept + latencyMs * (1 - kept), now);
  }

  /** Takes an estimate over from elsewhere. */
  copy(i: number, from: LatencyEstimates, j: number): void {
    this.write(i, from.#values[2 * j]!, from.#values[2 * j + 1]!);
  }
}
