import type { Measurement } from './measure.js';

/** How much of the best throughput may be missing, for connections that are saved. */
export const TOLERANCE = 0.05;
/** Sizes with a larger share of failed calls are out of the question. */
const MOST_ERRORS = 0.01;

/** Up to this size all are measured that are a power of two. */
const MOST_SIZE = 64;

/** Powers of two up to the number of callers: with more connections than callers some are never used. */
export function sweepSizes(concurrency: number): number[] {
  const sizes: number[] = [];
  for (let size = 1; size < Math.min(concurrency, MOST_SIZE); size *= 2) sizes.push(size);
  return [...sizes, Math.min(concurrency, MOST_SIZE)];
}

/**
 * The smallest `maxActive` whose throughput comes within a few percent of the best; undefined when no size did without
 * failures.
 */
export function recommend(
  measurements: readonly Pick<Measurement, 'maxActive' | 'callsPerSecond' | 'calls'>[],
): number | undefined {
  const sound = measurements.filter(
    ({ calls }) => calls.results > 0 && calls.errors + calls.lost <= MOST_ERRORS * calls.started,
  );
  const best = Math.max(...sound.map(({ callsPerSecond }) => callsPerSecond));
  const enough = sound.filter(({ callsPerSecond }) => callsPerSecond >= best * (1 - TOLERANCE));
  return enough.length === 0 ? undefined : Math.min(...enough.map(({ maxActive }) => maxActive));
}
