import type { OptionRule } from '../../pool/check-options.js';

/** Bounds that suit calls over a network, from a millisecond to ten seconds. */
export const DEFAULT_BUCKETS: readonly number[] = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];

/** Upper bounds of a histogram, in seconds. */
export const bucketsRule: OptionRule = {
  allowed: 'a list of finite numbers above 0, ascending, in seconds',
  accepts: isBuckets,
};

function isBuckets(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((bound, i) => Number.isFinite(bound) && bound > (i === 0 ? 0 : value[i - 1]))
  );
}

/** Whether two histograms have the same bounds. */
export function sameBuckets(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((bound, i) => bound === b[i]);
}
