import type { VirtualTime } from './virtual-time.js';
import type { Answer } from './weather.js';

/** What a callback of the simulation fails with. */
export class SimulatedFailure extends Error {
  constructor(what: string) {
    super(`${what} fails`);
    this.name = 'SimulatedFailure';
  }
}

/** A promise of another make: calls back in the same tick. */
class Thenable<T> {
  readonly #promise: Promise<T>;

  constructor(promise: Promise<T>) {
    this.#promise = promise;
  }

  // biome-ignore lint/suspicious/noThenProperty: that is what makes it one.
  get then(): Promise<T>['then'] {
    return (onValue, onError) => this.#promise.then(onValue, onError);
  }
}

/**
 * Answers as planned: with what `value` gives at that moment, or with what it throws. Nobody hears of what comes
 * after `signal` has aborted a callback that heeds it.
 */
export function answer<T>(
  plan: Answer,
  time: VirtualTime,
  outcome: { value: () => T; failure: () => unknown; signal?: AbortSignal | undefined },
): T | PromiseLike<T> {
  if (plan.how === 'return') return outcome.value();
  if (plan.how === 'throw') throw outcome.failure();
  const promise = new Promise<T>((resolve, reject) => {
    let over = false;
    const settle = () => {
      if (over) return;
      over = true;
      if (plan.how === 'reject') return reject(outcome.failure());
      try {
        resolve(outcome.value());
      } catch (error) {
        reject(error);
      }
    };
    outcome.signal?.addEventListener('abort', () => {
      if (over) return;
      over = true;
      outcome.failure();
      reject(outcome.signal?.reason);
    });
    if (plan.how === 'never') return;
    if (plan.afterMs === 0) settle();
    else time.after(plan.afterMs, settle);
  });
  return plan.how === 'thenable' ? (new Thenable(promise) as PromiseLike<T>) : promise;
}
