import { type AbortTarget, unwatchAbort, watchAbort } from '../pool/abort-watch.js';

/**
 * Watches over a call in the middleware chain: what the middleware is given as the call's signal, and the end of the
 * wait for it, whether or not it obeys. Both come with the abort of the caller's signal, or with `cut`.
 */
export class ChainWatch implements AbortTarget {
  /** The caller's. */
  readonly signal: AbortSignal | undefined;
  readonly #controller: AbortController;
  #reject: (reason: unknown) => void = () => {};

  /** `shared` serves all calls whose callers gave no signal: making one costs more than such a call. */
  constructor(callers: AbortSignal | undefined, shared: AbortController) {
    this.signal = callers;
    this.#controller = callers === undefined ? shared : new AbortController();
  }

  /** The call's signal as its middleware sees it. */
  get given(): AbortSignal {
    return this.#controller.signal;
  }

  /** Waits for the chain; leaves nothing on the caller's signal. */
  run<R>(chain: () => Promise<R>): Promise<R> {
    return new Promise((resolve, reject) => {
      this.#reject = reject;
      watchAbort(this);
      chain().then(
        (value) => {
          unwatchAbort(this);
          resolve(value);
        },
        (error: unknown) => {
          unwatchAbort(this);
          reject(error);
        },
      );
    });
  }

  onAbort(reason: unknown): void {
    this.#reject(reason);
    this.#controller.abort(reason);
  }

  /** Tells the middleware to give up; `isWaiting`: nothing else is under way that the call should wait for. */
  cut(reason: unknown, isWaiting: boolean): void {
    if (isWaiting) this.#reject(reason);
    this.#controller.abort(reason);
  }
}
