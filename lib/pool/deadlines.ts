import { now, Timer } from './clock.js';
import type { DeadlineChain, Waiter } from './waiter.js';

/**
 * When waiters run out of time. One timer per distinct timeout rather than one per waiter: adding and leaving
 * are O(1) and set no timer as long as somebody waits. The same idea as the timer lists inside Node.
 * The timers keep the process alive: somebody waits for them.
 */
export class Deadlines<TClient> {
  readonly #lists = new Map<number, DeadlineChain<TClient>>();
  /** The list used last: nearly always the one used next. */
  #recent: DeadlineChain<TClient> | undefined = undefined;
  readonly #expire: (waiter: Waiter<TClient>) => void;

  constructor(expire: (waiter: Waiter<TClient>) => void) {
    this.#expire = expire;
  }

  /** Starts the waiter's time. */
  add(waiter: Waiter<TClient>, timeoutMs: number): void {
    const list = this.#recent?.timeoutMs === timeoutMs ? this.#recent : this.#listOf(timeoutMs);
    const { tail } = list;
    waiter.deadlines = list;
    list.tail = waiter;
    if (tail === undefined) {
      list.head = waiter;
      this.#arm(list);
    } else {
      waiter.earlier = tail;
      tail.later = waiter;
    }
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
    if (earlier !== undefined) waiter.earlier = undefined;
    if (later !== undefined) waiter.later = undefined;
    waiter.deadlines = undefined;
    if (list.head === undefined) this.#forget(list);
  }

  #forget(list: DeadlineChain<TClient>): void {
    list.timer?.cancel();
    list.timer = undefined;
    this.#lists.delete(list.timeoutMs);
    if (this.#recent === list) this.#recent = undefined;
  }

  #listOf(timeoutMs: number): DeadlineChain<TClient> {
    let list = this.#lists.get(timeoutMs);
    if (list === undefined) {
      list = { timeoutMs, head: undefined, tail: undefined, timer: undefined, timerDue: 0 };
      this.#lists.set(timeoutMs, list);
    }
    this.#recent = list;
    return list;
  }

  #arm(list: DeadlineChain<TClient>): void {
    const at = now();
    // Of a turn that goes on, the end is not known yet: its waiters start their time now at the earliest.
    list.timerDue = dueAt(list, list.head!) || at + list.timeoutMs;
    list.timer = new Timer(() => this.#fire(list), list.timerDue - at, true);
  }

  #fire(list: DeadlineChain<TClient>): void {
    list.timer = undefined;
    // A timer may fire a fraction of a millisecond early by this clock: what it was set for is due all the same.
    const dueBy = Math.max(now(), list.timerDue);
    while (list.head !== undefined && dueAt(list, list.head) <= dueBy) this.#expire(list.head);
    if (list.head !== undefined) this.#arm(list);
  }
}

/**
 * When a waiter runs out of time: counted from the end of the turn in which it came, so never early. NaN while
 * that turn goes on.
 */
function dueAt<TClient>(list: DeadlineChain<TClient>, waiter: Waiter<TClient>): number {
  return waiter.turn.endedAt + list.timeoutMs;
}
