import { now, Timer } from '../../pool/clock.js';

/** A call that waits for its answer. */
export interface PendingCall {
  readonly seqid: number;
  readonly method: string;
  readonly startedAt: number;
}

/**
 * The calls in flight on one connection, oldest first, with one timer for all of them. Every call has the same
 * time, so the oldest is always the next to run out; the timer is not touched per call but looks, when it
 * fires, how long the oldest still has.
 */
export class PendingCalls {
  readonly #timeoutMs: number;
  readonly #onOverdue: (call: PendingCall) => void;
  /** In order of start: what a Map keeps, as no sequence id is added twice while in flight. */
  readonly #calls = new Map<number, PendingCall>();
  #timer: Timer | undefined;

  /** Calls `onOverdue` with the oldest call once it has waited `timeoutMs`. Never keeps the process alive. */
  constructor(timeoutMs: number, onOverdue: (call: PendingCall) => void) {
    this.#timeoutMs = timeoutMs;
    this.#onOverdue = onOverdue;
  }

  get size(): number {
    return this.#calls.size;
  }

  get(seqid: unknown): PendingCall | undefined {
    return this.#calls.get(seqid as number);
  }

  add(seqid: number, method: string): void {
    this.#calls.set(seqid, { seqid, method, startedAt: now() });
    if (this.#timer === undefined && this.#timeoutMs !== Infinity) this.#arm(this.#timeoutMs);
  }

  delete(seqid: number): void {
    this.#calls.delete(seqid);
  }

  /** Forgets all calls and the timer; gives what was in flight. */
  clear(): PendingCall[] {
    const calls = [...this.#calls.values()];
    this.#calls.clear();
    this.#timer?.cancel();
    this.#timer = undefined;
    return calls;
  }

  #arm(delayMs: number): void {
    this.#timer = new Timer(() => this.#look(), delayMs, false);
  }

  #look(): void {
    this.#timer = undefined;
    for (const oldest of this.#calls.values()) {
      const leftMs = oldest.startedAt + this.#timeoutMs - now();
      if (leftMs > 0) this.#arm(leftMs);
      else this.#onOverdue(oldest);
      return;
    }
  }
}
