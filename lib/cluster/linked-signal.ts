import { type AbortTarget, unwatchAbort, watchAbort } from '../pool/abort-watch.js';

/**
 * A signal that aborts with the first of others that does, or by its own `abort`. Unlike `AbortSignal.any` it lets go
 * of them: nothing of it stays on a signal that lives longer, once `unlink` was called.
 */
export class LinkedSignal {
  readonly #controller = new AbortController();
  readonly #targets: readonly AbortTarget[];

  /** None of them is aborted yet. */
  constructor(signals: readonly AbortSignal[]) {
    this.#targets = signals.map((signal) => ({ signal, onAbort: (reason: unknown) => this.abort(reason) }));
    for (const target of this.#targets) watchAbort(target);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  abort(reason: unknown): void {
    this.unlink();
    this.#controller.abort(reason);
  }

  unlink(): void {
    for (const target of this.#targets) unwatchAbort(target);
  }
}
