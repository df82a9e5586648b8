import { type AbortTarget, unwatchAbort, watchAbort } from '../pool/abort-watch.js';
import { Timer } from '../pool/clock.js';

/** Resolves after `ms`; rejects with the signal's reason as soon as it aborts. Leaves neither timer nor listener. */
export function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  if (signal?.aborted) return Promise.reject(signal.reason);
  return new Promise((resolve, reject) => {
    const target: AbortTarget = {
      signal,
      onAbort: (reason) => {
        timer.cancel();
        reject(reason);
      },
    };
    // A caller waits for the pause to end, so it keeps the process alive.
    const timer = new Timer(
      () => {
        unwatchAbort(target);
        resolve();
      },
      ms,
      true,
    );
    watchAbort(target);
  });
}
