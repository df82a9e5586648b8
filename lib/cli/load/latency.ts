import { build, type Histogram } from 'hdr-histogram-js';

/** Percentiles of how long calls took, in ms. */
export type LatencyMs = Record<'p50' | 'p90' | 'p99' | 'p999' | 'max', number>;

/** Longest time that is told apart, in microseconds: an hour. */
const MOST_US = 3_600_000_000;

/** Collects how long calls took. */
export class Latency {
  readonly #us: Histogram = build({ lowestDiscernibleValue: 1, highestTrackableValue: MOST_US });

  /** Takes one call's time, in ms. */
  record(ms: number): void {
    this.#us.recordValue(Math.min(MOST_US, Math.max(1, Math.round(ms * 1_000))));
  }

  /** All zero while nothing was recorded. */
  percentiles(): LatencyMs {
    const at = (percentile: number) => this.#us.getValueAtPercentile(percentile) / 1_000;
    // The histogram rounds up within its precision: no percentile is above what was really seen.
    const max = this.#us.maxValue / 1_000;
    const upToMax = (percentile: number) => Math.min(max, at(percentile));
    return { p50: upToMax(50), p90: upToMax(90), p99: upToMax(99), p999: upToMax(99.9), max };
  }
}

/** One line of text. */
export function describeLatency(latency: LatencyMs): string {
  return Object.entries(latency)
    .map(([name, ms]) => `${name.replace('p999', 'p99.9')} ${formatMs(ms)} ms`)
    .join(', ');
}

/** Three digits that count. */
export function formatMs(ms: number): string {
  if (ms >= 100) return ms.toFixed(0);
  if (ms >= 10) return ms.toFixed(1);
  return ms >= 1 ? ms.toFixed(2) : ms.toFixed(3);
}
