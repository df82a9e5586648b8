import { Lane } from './lane.js';
import type { Waiter } from './waiter.js';

/**
 * Who waits, in order of priority (lower first) and then of arrival, and until when. Calls of equal priority and
 * timeout share a lane: nearly always there is one, and joining and leaving are O(1). With more, a binary heap of
 * the lanes finds whose first waiter comes next, in O(log n) of the lanes.
 */
export class WaitQueue<TClient> {
  size = 0;
  readonly #expire: (waiter: Waiter<TClient>) => void;
  /** The lanes by priority, then by timeout: those in which somebody waits, and `#recent`. */
  readonly #lanes = new Map<number, Map<number, Lane<TClient>>>();
  /** The lanes in which somebody waits. */
  readonly #heap: Lane<TClient>[] = [];
  /** The lane used last: nearly always the one used next. */
  #recent: Lane<TClient> | undefined = undefined;
  #arrivals = 0;

  /** `expire` is called with a waiter that has run out of time and still stands here; it removes the waiter. */
  constructor(expire: (waiter: Waiter<TClient>) => void) {
    this.#expire = expire;
  }

  /** `timeoutMs`: Infinity = no limit. */
  push(waiter: Waiter<TClient>, priority: number, timeoutMs: number): void {
    const recent = this.#recent;
    const lane =
      recent !== undefined && recent.priority === priority && recent.timeoutMs === timeoutMs
        ? recent
        : this.#laneOf(priority, timeoutMs);
    waiter.arrival = this.#arrivals++;
    this.size++;
    if (lane.push(waiter)) this.#rise(lane, this.#heap.length);
  }

  /** The waiter to be served next. */
  first(): Waiter<TClient> | undefined {
    return this.size === 0 ? undefined : this.#heap[0]!.head;
  }

  remove(waiter: Waiter<TClient>): void {
    // Only lanes of this queue are ever set.
    const lane = waiter.lane as Lane<TClient>;
    const wasFirst = lane.remove(waiter);
    if (--this.size === 0) this.#arrivals = 0;
    if (lane.head === undefined) this.#runEmpty(lane);
    else if (wasFirst && this.#heap.length > 1) this.#sink(lane, lane.index);
  }

  #laneOf(priority: number, timeoutMs: number): Lane<TClient> {
    if (this.#recent !== undefined && this.#recent.head === undefined) this.#forget(this.#recent);
    let byTimeout = this.#lanes.get(priority);
    if (byTimeout === undefined) {
      byTimeout = new Map();
      this.#lanes.set(priority, byTimeout);
    }
    let lane = byTimeout.get(timeoutMs);
    if (lane === undefined) {
      lane = new Lane(priority, timeoutMs, this.#expire);
      byTimeout.set(timeoutMs, lane);
    }
    this.#recent = lane;
    return lane;
  }

  #forget(lane: Lane<TClient>): void {
    const byTimeout = this.#lanes.get(lane.priority)!;
    byTimeout.delete(lane.timeoutMs);
    if (byTimeout.size === 0) this.#lanes.delete(lane.priority);
  }

  /** Takes a lane in which nobody waits any more out of the heap. */
  #runEmpty(lane: Lane<TClient>): void {
    const last = this.#heap.pop()!;
    if (last !== lane) {
      // What stood last fills the gap, and may belong above it or below.
      this.#rise(last, lane.index);
      this.#sink(last, last.index);
    }
    if (lane !== this.#recent) this.#forget(lane);
  }

  /** Puts a lane in at `index`, or above it where it belongs. */
  #rise(lane: Lane<TClient>, index: number): void {
    let at = index;
    while (at > 0) {
      const parent = this.#heap[(at - 1) >> 1]!;
      if (!lane.goesBefore(parent)) break;
      this.#place(parent, at);
      at = (at - 1) >> 1;
    }
    this.#place(lane, at);
  }

  /** Puts a lane in at `index`, or below it where it belongs. */
  #sink(lane: Lane<TClient>, index: number): void {
    const heap = this.#heap;
    let at = index;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && heap[child + 1]!.goesBefore(heap[child]!)) child++;
      if (!heap[child]!.goesBefore(lane)) break;
      this.#place(heap[child]!, at);
      at = child;
    }
    this.#place(lane, at);
  }

  #place(lane: Lane<TClient>, index: number): void {
    this.#heap[index] = lane;
    lane.index = index;
  }
}
