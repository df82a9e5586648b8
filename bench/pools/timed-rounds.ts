import type { TimedCase } from './cases.js';
import type { Contender } from './contenders.js';
import { type Sample, timed } from './sample.js';

/** Warm-up rounds: enough for every function involved to be optimised. */
const WARM_UP = 6;

/** Warms a pool up, and gives the function that runs one round of about `roundMs`. */
export async function timedRounds(
  { workload, minOperations }: TimedCase,
  pool: Contender,
  roundMs: number,
): Promise<() => Promise<Sample>> {
  let operations = minOperations;
  const round = () => timed(operations, () => workload(pool, operations));
  for (let i = 0; i < WARM_UP; i++) {
    const { value } = await round();
    operations = Math.max(minOperations, Math.round((roundMs * 1e6) / value));
  }
  return round;
}
