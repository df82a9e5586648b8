import { type AbortTarget, unwatchAbort, watchAbort } from '../pool/abort-watch.js';
import { Timer } from '../pool/clock.js';

/** What somebody waits for, and for how long. */
export interface Wait {
  /** Whether the wait is over; asked again after every change. */
  isOver(): boolean;
  readonly signal: AbortSignal | undefined;
  /** 0 and Infinity are no limit. */
  readonly timeoutMs: number;
  timeoutError(): Error;
}

/** Those who wait for the cluster to change: for its first nodes, that is. */
export class Readiness {
  readonly #waiters = new Set<Waiter>();

  /** How many wait. */
  get waiting(): number {
    return this.#waiters.size;
  }

  /** Resolves once `isOver`; rejects with the signal's reason, at the deadline or when the cluster closes. */
  wait(wait: Wait): Promise<void> {
    if (wait.signal?.aborted === true) return Promise.reject(wait.signal.reason);
    if (wait.isOver()) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#waiters.add(new Waiter(wait, resolve, reject, (waiter) => this.#waiters.delete(waiter)));
    });
  }

  /** Something changed. */
  changed(): void {
    for (const waiter of this.#waiters) waiter.look();
  }

  /** Ends every wait. */
  rejectAll(error: Error): void {
    for (const waiter of this.#waiters) waiter.fail(error);
  }
}

class Waiter implements AbortTarget {
  readonly signal: AbortSignal | undefined;
  readonly #wait: Wait;
  readonly #resolve: () => void;
  readonly #reject: (error: unknown) => void;
  readonly #leave: (waiter: Waiter) => void;
  readonly #timer: Timer;

  constructor(
    wait: Wait,
    resolve: () => void,
    reject: (error: unknown) => void,
    leave: (waiter: Waiter) => void,
  ) {
    this.signal = wait.signal;
    this.#wait = wait;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#leave = leave;
    const limitMs = wait.timeoutMs === 0 ? Infinity : wait.timeoutMs;
    this.#timer = new Timer(() => this.fail(wait.timeoutError()), limitMs, true);
    watchAbort(this);
  }

  look(): void {
    if (!this.#wait.isOver()) return;
    this.#end();
    this.#resolve();
  }

  fail(error: unknown): void {
    this.#end();
    this.#reject(error);
  }

  onAbort(reason: unknown): void {
    this.fail(reason);
  }

  #end(): void {
    this.#timer.cancel();
    unwatchAbort(this);
    this.#leave(this);
  }
}
