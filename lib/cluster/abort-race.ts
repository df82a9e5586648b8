import { unwatchAbort, watchAbort } from '../pool/abort-watch.js';

/**
 * Runs `work`, but rejects with the signal's reason as soon as it aborts; what `work` does after that is ignored.
 * Leaves nothing on the signal. A synchronous throw of `work` is a rejection.
 */
export function unlessAborted<R>(signal: AbortSignal, work: () => R | PromiseLike<R>): Promise<Awaited<R>> {
  if (signal.aborted) return Promise.reject(signal.reason);
  return new Promise((resolve, reject) => {
    const target = { signal, onAbort: reject };
    watchAbort(target);
    const end = () => unwatchAbort(target);
    const start = async (): Promise<Awaited<R>> => await work();
    start().then(
      (value) => {
        end();
        resolve(value);
      },
      (error: unknown) => {
        end();
        reject(error);
      },
    );
  });
}
