import type { Round } from './measured-process.js';

/** Does so many operations. */
export type Work = (operations: number) => Promise<void>;

/** How many times longer than a round to warm up: enough for every function involved to be optimised. */
const WARM_UP = 6;

/** Runs `work` and says what one operation took, in ns. */
export async function timed(operations: number, work: Work): Promise<number> {
  const from = process.hrtime.bigint();
  await work(operations);
  return Number(process.hrtime.bigint() - from) / operations;
}

/** Warms up, and gives rounds of about `roundMs`, but of `minOperations` at least. */
export async function timedRounds(work: Work, roundMs: number, minOperations: number): Promise<Round> {
  let operations = minOperations;
  const until = performance.now() + WARM_UP * roundMs;
  while (performance.now() < until) {
    const ns = await timed(operations, work);
    operations = Math.max(minOperations, Math.round((roundMs * 1e6) / ns));
  }
  return () => timed(operations, work);
}
