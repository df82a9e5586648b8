import { Timer } from './clock.js';

/** How a callback of the user's is bounded. */
export interface Bounds<T> {
  /** Time limit in ms; Infinity = none. */
  readonly ms: number;
  /** Whether the limit keeps the process alive: yes when a caller waits for it. */
  readonly keepAlive: boolean;
  /** Aborted with the timeout error when the time is up; aborting it from outside ends the wait at once. */
  readonly controller: AbortController;
  timeoutError(): Error;
  /** Gets a result that came after the end, for whoever must clean it up. */
  late?(value: T): void;
}

/**
 * Runs a callback that may throw, reject, come late or never settle, and settles exactly once whatever it does.
 * Neither its timer nor its listener outlives the promise, and nothing surfaces as an unhandled rejection.
 */
export function bounded<T>(work: () => T | PromiseLike<T>, bounds: Bounds<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const { controller } = bounds;
    const { signal } = controller;
    if (signal.aborted) return reject(signal.reason);
    let over = false;
    const end = () => {
      over = true;
      timer.cancel();
      signal.removeEventListener('abort', onAbort);
    };
    const onAbort = () => {
      end();
      reject(signal.reason);
    };
    const onValue = (value: T) => {
      if (over) return bounds.late?.(value);
      end();
      resolve(value);
    };
    const onError = (error: unknown) => {
      if (over) return;
      end();
      reject(error);
    };
    const timer = new Timer(() => controller.abort(bounds.timeoutError()), bounds.ms, bounds.keepAlive);
    signal.addEventListener('abort', onAbort);
    try {
      const result = work();
      if (isThenable(result)) Promise.resolve(result).then(onValue, onError);
      else onValue(result);
    } catch (error) {
      onError(error);
    }
  });
}

function isThenable<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof (value as PromiseLike<T> | null | undefined)?.then === 'function';
}
