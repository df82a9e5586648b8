/** Durations of one pool, sorted into buckets. */
export class DurationHistogram {
  sumSeconds = 0;
  count = 0;
  /** Observations per bucket, each without those of the buckets below it. */
  readonly #counts: number[];

  /** @param bounds upper bounds, ascending, in seconds */
  constructor(private readonly bounds: readonly number[]) {
    this.#counts = bounds.map(() => 0);
  }

  observe(ms: number): void {
    const seconds = ms / 1000;
    this.sumSeconds += seconds;
    this.count++;
    const bucket = this.bounds.findIndex((bound) => seconds <= bound);
    if (bucket !== -1) this.#counts[bucket]!++;
  }

  /** Observations up to each bound, those of the lower ones included. */
  cumulative(): { bound: number; count: number }[] {
    let count = 0;
    return this.bounds.map((bound, i) => {
      count += this.#counts[i]!;
      return { bound, count };
    });
  }
}
