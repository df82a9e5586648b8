import { watchBorrowTimes } from '../borrow-times.js';
import type { CurrentReading } from '../current-reading.js';
import { PlaceLookup } from '../place-lookup.js';
import type { PoolFigures, PoolPlace } from '../sources.js';
import { DurationHistogram } from './duration-histogram.js';

/** A value in the form in which prom-client's registry takes it from a metric. */
interface Sample {
  readonly metricName: string;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
}

/**
 * How long clients were borrowed, as a histogram. Pools are measured through their diagnostics channels; of a node
 * whose client is shared the cluster knows the number of calls and their time in all, which makes a histogram
 * with one bucket. prom-client has no histogram whose figures come from elsewhere, so this is a metric of our own:
 * a registry asks no more of one than this.
 */
export class PoolDurations {
  readonly help = 'Time that calls had a client borrowed.';
  readonly type = 'histogram';
  readonly aggregator = 'sum';
  readonly #byPool = new Map<string, DurationHistogram>();
  readonly #lookup: PlaceLookup;
  readonly #stop: () => void;

  constructor(
    readonly name: string,
    private readonly reading: CurrentReading,
    private readonly bounds: readonly number[] | undefined,
  ) {
    this.#lookup = new PlaceLookup(reading);
    this.#stop =
      bounds === undefined ? () => {} : watchBorrowTimes({ used: (pool, ms) => this.#observe(pool, ms) });
  }

  /** Called by the registry at each scrape. */
  async get() {
    const { pools } = this.reading.get();
    const poolsOfName = countNames(pools);
    this.#forget(poolsOfName);
    const { name, help, type, aggregator } = this;
    const values = [...this.#measured(pools, poolsOfName), ...this.#counted(pools, poolsOfName)];
    return { name, help, type, aggregator, values };
  }

  /** Called by `registry.resetMetrics()`. */
  reset(): void {
    this.#byPool.clear();
  }

  /** Stops measuring. */
  stop(): void {
    this.#stop();
  }

  #observe(pool: string, ms: number): void {
    const histogram = this.#byPool.get(pool) ?? this.#start(pool);
    histogram?.observe(ms);
  }

  /** The channels tell of every pool of the process; only those observed here get a histogram. */
  #start(pool: string): DurationHistogram | undefined {
    if (this.bounds === undefined || this.#lookup.find(pool) === undefined) return undefined;
    const histogram = new DurationHistogram(this.bounds);
    this.#byPool.set(pool, histogram);
    return histogram;
  }

  /** Forgets the pools that are gone, and looks again at those that were not observed. */
  #forget(present: ReadonlyMap<string, number>): void {
    this.#lookup.forget();
    for (const pool of this.#byPool.keys()) if (!present.has(pool)) this.#byPool.delete(pool);
  }

  /** The channels know a pool by its name alone: where two have the same, neither can be measured by itself. */
  #isMeasured({ place, stats }: PoolFigures, poolsOfName: ReadonlyMap<string, number>): boolean {
    return this.bounds !== undefined && stats.gets !== undefined && poolsOfName.get(place.pool) === 1;
  }

  #measured(pools: readonly PoolFigures[], poolsOfName: ReadonlyMap<string, number>): Sample[] {
    return pools
      .filter((pool) => this.#isMeasured(pool, poolsOfName))
      .flatMap(({ place }) => {
        const measured = this.#byPool.get(place.pool) ?? new DurationHistogram(this.bounds ?? []);
        const buckets = measured.cumulative().map(({ bound, count }) => this.#bucket(place, bound, count));
        return [...buckets, ...this.#totals(place, measured.count, measured.sumSeconds)];
      });
  }

  /** What clusters counted; a node that drains and its successor of the same id share a series. */
  #counted(pools: readonly PoolFigures[], poolsOfName: ReadonlyMap<string, number>): Sample[] {
    const series = new Map<string, { place: PoolPlace; calls: number; ms: number }>();
    for (const pool of pools) {
      const { place, node } = pool;
      if (node === undefined || this.#isMeasured(pool, poolsOfName)) continue;
      const key = JSON.stringify(place);
      const { calls, ms } = series.get(key) ?? { calls: 0, ms: 0 };
      series.set(key, { place, calls: calls + node.calls, ms: ms + node.callMsTotal });
    }
    return [...series.values()].flatMap(({ place, calls, ms }) => this.#totals(place, calls, ms / 1000));
  }

  #totals(place: PoolPlace, count: number, sumSeconds: number): Sample[] {
    const labels = { ...place };
    return [
      this.#bucket(place, '+Inf', count),
      { metricName: `${this.name}_sum`, labels, value: sumSeconds },
      { metricName: `${this.name}_count`, labels, value: count },
    ];
  }

  #bucket(place: PoolPlace, le: number | '+Inf', count: number): Sample {
    return { metricName: `${this.name}_bucket`, labels: { le, ...place }, value: count };
  }
}

function countNames(pools: readonly PoolFigures[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { place } of pools) counts.set(place.pool, (counts.get(place.pool) ?? 0) + 1);
  return counts;
}
