import type { Cancellation } from './cancellation.js';
import { Timer } from './clock.js';

/** How a callback of the user's is bounded. */
export interface Bounds<T> {
  /** Time limit in ms; Infinity = none. */
  readonly ms: number;
  /** Whether the limit keeps the process alive: yes when a caller waits for it. */
  readonly keepAlive: boolean;
  /** Given up with the timeout error when the time is up; giving it up from outside ends the wait at once. */
  readonly cancellation: Cancellation;
  timeoutError(): Error;
  /** Gets a result that came after the end, for whoever must clean it up. */
  late?(value: T): void;
}

/**
 * Runs a callback that may throw, reject, come late or never settle, and settles exactly once whatever it does.
 * Its timer does not outlive the promise, one that gives its result at once gets none, and nothing surfaces as an
 * unhandled rejection.
 */
export function bounded<T>(work: () => T | PromiseLike<T>, bounds: Bounds<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const { cancellation } = bounds;
    if (cancellation.aborted) return reject(cancellation.reason);
    let over = false;
    let timer: Timer | undefined;
    const end = () => {
      over = true;
      timer?.cancel();
      cancellation.onAbort = undefined;
    };
    cancellation.onAbort = () => {
      end();
      reject(cancellation.reason);
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
    try {
      const result = work();
      if (!isThenable(result)) return onValue(result);
      Promise.resolve(result).then(onValue, onError);
    } catch (error) {
      return onError(error);
    }
    // The callback may have given itself up.
    if (!over)
      timer = new Timer(() => cancellation.abort(bounds.timeoutError()), bounds.ms, bounds.keepAlive);
  });
}

function isThenable<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof (value as PromiseLike<T> | null | undefined)?.then === 'function';
}
