/**
 * Gives something up, once. An AbortController costs more than dialing a connection in the same process does, and
 * most callbacks never look at their signal: so there is one only once somebody has asked for it.
 */
export class Cancellation {
  /** Why it was given up; meaningful once `aborted`. */
  reason: unknown = undefined;
  aborted = false;
  /** Called when it is given up, before the signal's listeners. */
  onAbort: (() => void) | undefined = undefined;
  #controller: AbortController | undefined = undefined;

  /** Aborts with it, also when it is first asked for afterwards. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.aborted) this.#controller.abort(this.reason);
    }
    return this.#controller.signal;
  }

  /** The first reason stays. */
  abort(reason: unknown): void {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = reason;
    this.onAbort?.();
    this.#controller?.abort(reason);
  }
}
