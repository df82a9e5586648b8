/** How much a measure may grow. */
export interface Tolerance {
  /** In its own unit. */
  readonly absolute: number;
  /** As a share of where it began. @default 0 */
  readonly share?: number;
}

/** What became of a measure over time. */
export interface Verdict {
  /** Medians of the first and of the last third of the samples, those of the warm-up left out. */
  readonly first: number;
  readonly last: number;
  /** The most that `last - first` may be. */
  readonly allowed: number;
  readonly grew: boolean;
}

/** The share of the samples in which caches fill and code is compiled. */
const WARM_UP = 0.25;

/** Fewest samples that can be judged: two in each third. */
export const FEWEST_SAMPLES = 8;

/**
 * Decides whether a measure that was sampled at even intervals grows. Medians, so that a few outliers either way
 * decide nothing.
 * @throws RangeError when there are too few samples
 */
export function judge(samples: readonly number[], { absolute, share = 0 }: Tolerance): Verdict {
  if (samples.length < FEWEST_SAMPLES) {
    throw new RangeError(`at least ${FEWEST_SAMPLES} samples are needed, got ${samples.length}`);
  }
  const warm = samples.slice(Math.floor(samples.length * WARM_UP));
  const third = Math.floor(warm.length / 3);
  const first = median(warm.slice(0, third));
  const last = median(warm.slice(-third));
  const allowed = Math.max(absolute, share * first);
  return { first, last, allowed, grew: last - first > allowed };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
