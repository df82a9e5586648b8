import { now, Timer } from './clock.js';
import type { DeadlineChain, Waiter } from './waiter.js';

/**
 * When waiters run out of time. One timer per distinct timeout rather than one per waiter: adding and leaving
 * are O(1) and set no timer as long as somebody waits. The same idea as the timer lists inside Node.
 * The timers keep the process alive: somebody waits for them.
 */
export class Deadlines<TClient> {
  readonly #lists = new Map<number, DeadlineChain<TClient>>();
  readonly #expire: (waiter: Waiter<TClient>) => void;

  constructor(expire: (waiter: Waiter<TClient>) => void) {
    this.#expire = expire;
  }

  /** Starts the waiter's time; 0 and Infinity are no limit. */
  add(waiter: Waiter<TClient>): void {
    if (waiter.timeoutMs === 0 || waiter.timeoutMs === Infinity) return;
    const list = this.#listOf(waiter.timeoutMs);
    waiter.deadlines = list;
    waiter.earlier = list.tail;
    if (list.tail === undefined) list.head = waiter;
    else list.tail.later = waiter;
    list.tail = waiter;
    if (list.timer === undefined) this.#arm(list, waiter);
  }

  /** Stops the waiter's time. */
  remove(waiter: Waiter<TClient>): void {
    const list = waiter.deadlines;
    if (list === undefined) return;
    const { earlier, later } = waiter;
    if (earlier === undefined) list.head = later;
    else earlier.later = later;
    if (later === undefined) list.tail = earlier;
    else later.earlier = earlier;
    waiter.earlier = undefined;
    waiter.later = undefined;
    waiter.deadlines = undefined;
    if (list.head === undefined) {
      list.timer?.cancel();
      list.timer = undefined;
      this.#lists.delete(list.timeoutMs);
    }
  }

  #listOf(timeoutMs: number): DeadlineChain<TClient> {
    let list = this.#lists.get(timeoutMs);
    if (list === undefined) {
      list = { timeoutMs, head: undefined, tail: undefined, timer: undefined, timerDue: 0 };
      this.#lists.set(timeoutMs, list);
    }
    return list;
  }

  #arm(list: DeadlineChain<TClient>, first: Waiter<TClient>): void {
    list.timerDue = first.startedAt + list.timeoutMs;
    list.timer = new Timer(() => this.#fire(list), list.timerDue - now(), true);
  }

  #fire(list: DeadlineChain<TClient>): void {
    list.timer = undefined;
    // A timer may fire a fraction of a millisecond early by this clock: what it was set for is due all the same.
    const dueBy = Math.max(now(), list.timerDue);
    while (list.head !== undefined && list.head.startedAt + list.timeoutMs <= dueBy) this.#expire(list.head);
    if (list.head !== undefined && list.timer === undefined) this.#arm(list, list.head);
  }
}
