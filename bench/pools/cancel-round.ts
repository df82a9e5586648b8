import type { Contender } from './contenders.js';
import { type Sample, timed } from './sample.js';

/** Waiters cancelled in a round at least, in as many queues as that takes. */
const MIN_CANCELS = 10_000;
/** tarn searches its queue for each waiter that leaves: with a long one, all of them would take minutes. */
const MAX_CANCELS = 5_000;

/**
 * One round: `size` calls wait in vain for the only connection, each with a signal of its own; then, timed, they are
 * cancelled from the middle of the queue on. Per cancelled waiter, its rejection included.
 */
export async function cancelRound(pool: Contender, size: number): Promise<() => Promise<Sample>> {
  const reason = new Error('cancelled');
  await pool.get(); // the only connection, never given back
  const limit = Math.min(size, MAX_CANCELS);
  const cancelQueue = async (): Promise<Sample> => {
    const controllers = Array.from({ length: size }, () => new AbortController());
    const ends = controllers.map(({ signal }) => pool.getWith!(signal).then(unexpected, () => {}));
    const middle = size >> 1;
    const sample = await timed(limit, async () => {
      for (let i = 0; i < limit; i++) controllers[(middle + i) % size]!.abort(reason);
      await Promise.all(Array.from({ length: limit }, (_, i) => ends[(middle + i) % size]));
    });
    for (const controller of controllers) controller.abort(reason);
    await Promise.all(ends);
    return sample;
  };
  const round = async () => {
    const samples: Sample[] = [];
    for (let cancelled = 0; cancelled < MIN_CANCELS; cancelled += limit) samples.push(await cancelQueue());
    return mean(samples);
  };
  await round();
  return round;
}

function mean(samples: readonly Sample[]): Sample {
  const sum = samples.reduce((a, b) => ({ value: a.value + b.value, cpu: a.cpu + b.cpu }));
  return { value: sum.value / samples.length, cpu: sum.cpu / samples.length };
}

function unexpected(): never {
  throw new Error('BUG: a call was served though the only connection is taken');
}
