import { Timer } from '../pool/clock.js';
import { describeMs } from '../pool/errors.js';

/** How long a first answer may take before that is reported, ms. */
const SLOW_MS = 1_000;

/**
 * Gives the answer; `onSlow` is told when it is long in coming. Whoever waits for a first list with a deadline shorter
 * than that of the question learns so what the matter is.
 */
export async function tellIfSlow<T>(answer: Promise<T>, onSlow: (what: string) => void): Promise<T> {
  const timer = new Timer(() => onSlow(`no answer for ${describeMs(SLOW_MS)} yet`), SLOW_MS, false);
  try {
    return await answer;
  } finally {
    timer.cancel();
  }
}
