import type { Round } from '../measured-process.js';
import type { Contender } from './contenders/contender.js';

/** Cancelled at once, half of the shortest queue. */
const BATCH = 50;
const BATCHES = 100;

/**
 * `size` calls wait in vain for the only connection, each with a signal of its own. Timed: the middle ones are
 * cancelled, their rejections included. As many join at the end, so that the queue stays as long as it was.
 */
export async function cancelRounds(pool: Contender, size: number): Promise<Round> {
  const reason = new Error('cancelled');
  await pool.get(); // the only connection, never given back
  let cancelled = 0;
  let ended = 0;
  const wait = () => {
    const controller = new AbortController();
    const end = pool.getWith!(controller.signal).then(unexpected, () => {
      ended++;
    });
    return { controller, end };
  };
  const waiting = Array.from({ length: size }, wait);
  const cancelBatch = async () => {
    const leaving = waiting.splice((size - BATCH) >> 1, BATCH);
    const from = process.hrtime.bigint();
    for (const { controller } of leaving) controller.abort(reason);
    for (const { end } of leaving) await end;
    const ns = Number(process.hrtime.bigint() - from);
    cancelled += BATCH;
    if (ended !== cancelled) throw new Error(`BUG: ${ended} calls ended instead of ${cancelled}`);
    for (let i = 0; i < BATCH; i++) waiting.push(wait());
    return ns;
  };
  const round = async () => {
    let ns = 0;
    for (let batch = 0; batch < BATCHES; batch++) ns += await cancelBatch();
    return ns / (BATCHES * BATCH);
  };
  await round();
  return round;
}

function unexpected(): never {
  throw new Error('BUG: a call was served though the only connection is taken');
}
