import { now, Timer } from './clock.js';

/** A point in time that can be brought nearer, never put off; there is none at first. */
export class Deadline {
  readonly #onReached: () => void;
  #at = Infinity;
  #timer: Timer | undefined;

  constructor(onReached: () => void) {
    this.#onReached = onReached;
  }

  /** At the latest in `timeoutMs`; undefined changes nothing. Keeps the process alive until then. */
  within(timeoutMs: number | undefined): void {
    if (timeoutMs === undefined) return;
    const at = now() + timeoutMs;
    if (at >= this.#at) return;
    this.#at = at;
    this.#timer?.cancel();
    this.#timer = new Timer(this.#onReached, timeoutMs, true);
  }

  /** What it was set for has ended: there will be none any more. */
  cancel(): void {
    this.#at = -Infinity;
    this.#timer?.cancel();
  }
}
