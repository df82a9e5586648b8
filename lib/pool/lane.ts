import { now, Timer } from './clock.js';
import type { Waiter } from './waiter.js';

/**
 * The waiters of one priority and one timeout, first come first. Because all of them wait for the same length they
 * also stand in order of their deadlines, so that one list serves both orders, and one timer all its waiters:
 * joining and leaving are O(1) and set no timer as long as somebody waits. The idea of the timer lists inside Node.
 * The timer keeps the process alive: somebody waits for it.
 */
export class Lane<TClient> {
  head: Waiter<TClient> | undefined = undefined;
  tail: Waiter<TClient> | undefined = undefined;
  /** Where the lane stands in the queue's heap; meaningless while the lane is empty. */
  index = 0;
  readonly #expire: (waiter: Waiter<TClient>) => void;
  #timer: Timer | undefined = undefined;
  /** When the timer fires, ms. */
  #timerDue = 0;

  constructor(
    readonly priority: number,
    /** Infinity = no limit. */
    readonly timeoutMs: number,
    expire: (waiter: Waiter<TClient>) => void,
  ) {
    this.#expire = expire;
  }

  /** Whether the lane's first waiter is to be served before the other's; neither lane is empty. */
  goesBefore(other: Lane<TClient>): boolean {
    if (this.priority !== other.priority) return this.priority < other.priority;
    return this.head!.arrival < other.head!.arrival;
  }

  /** Adds the waiter at the end and starts its time. Returns whether it is the only one. */
  push(waiter: Waiter<TClient>): boolean {
    const { tail } = this;
    waiter.lane = this;
    this.tail = waiter;
    if (tail !== undefined) {
      waiter.prev = tail;
      tail.next = waiter;
      return false;
    }
    this.head = waiter;
    if (this.timeoutMs !== Infinity) this.#arm(waiter);
    return true;
  }

  /** Takes the waiter out and stops its time. Returns whether it was the first one. */
  remove(waiter: Waiter<TClient>): boolean {
    const { prev, next } = waiter;
    waiter.lane = undefined;
    if (next === undefined) this.tail = prev;
    else next.prev = prev;
    if (prev === undefined) this.head = next;
    else prev.next = next;
    waiter.prev = undefined;
    waiter.next = undefined;
    if (this.head === undefined) this.#disarm();
    return prev === undefined;
  }

  #arm(first: Waiter<TClient>): void {
    const at = now();
    // Of a turn that goes on, the end is not known yet: its waiters start their time now at the earliest.
    this.#timerDue = this.#dueAt(first) || at + this.timeoutMs;
    this.#timer = new Timer(() => this.#fire(), this.#timerDue - at, true);
  }

  #disarm(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #fire(): void {
    this.#timer = undefined;
    // A timer may fire a fraction of a millisecond early by this clock: what it was set for is due all the same.
    const dueBy = Math.max(now(), this.#timerDue);
    while (this.head !== undefined && this.#dueAt(this.head) <= dueBy) this.#expire(this.head);
    if (this.head !== undefined) this.#arm(this.head);
  }

  /**
   * When a waiter runs out of time: counted from the end of the turn in which it came, so never early. NaN while
   * that turn goes on.
   */
  #dueAt(waiter: Waiter<TClient>): number {
    return waiter.turn.endedAt + this.timeoutMs;
  }
}
