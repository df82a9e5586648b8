import type { PriorityChain, Waiter } from './waiter.js';

/** Empty lists are kept up to this number, and beyond it up to half of all. */
const MAX_EMPTY = 16;

/**
 * Who waits, in order of priority (lower first) and then of arrival. Adding and leaving is O(1) within a
 * priority; a priority seen for the first time costs O(log n) in a binary heap of lists. A list that runs empty
 * stays in the heap until it comes up or too many are empty, so that leaving never searches.
 */
export class WaitQueue<TClient> {
  size = 0;
  readonly #byPriority = new Map<number, PriorityChain<TClient>>();
  #heap: PriorityChain<TClient>[] = [];
  /** How many lists of the heap are empty. */
  #empty = 0;
  /** The list used last: nearly always the one used next. */
  #recent: PriorityChain<TClient> | undefined = undefined;

  push(waiter: Waiter<TClient>, priority: number): void {
    const list = this.#recent?.priority === priority ? this.#recent : this.#listOf(priority);
    const { tail } = list;
    waiter.list = list;
    if (tail === undefined) {
      list.head = waiter;
      this.#empty--;
    } else {
      waiter.prev = tail;
      tail.next = waiter;
    }
    list.tail = waiter;
    this.size++;
  }

  /** The waiter to be served next. */
  first(): Waiter<TClient> | undefined {
    if (this.size === 0) return undefined;
    for (;;) {
      const { head, priority } = this.#heap[0]!;
      if (head !== undefined) return head;
      this.#byPriority.delete(priority);
      this.#empty--;
      this.#popHeap();
    }
  }

  remove(waiter: Waiter<TClient>): void {
    const list = waiter.list!;
    const { prev, next } = waiter;
    if (prev === undefined) list.head = next;
    else prev.next = next;
    if (next === undefined) list.tail = prev;
    else next.prev = prev;
    // Only what was set: in a queue that moves, nearly everyone leaves from the head.
    if (prev !== undefined) waiter.prev = undefined;
    if (next !== undefined) waiter.next = undefined;
    waiter.list = undefined;
    this.size--;
    if (list.head === undefined) {
      this.#empty++;
      if (this.#empty > MAX_EMPTY && this.#empty * 2 > this.#heap.length) this.#forgetEmpty();
    }
  }

  #listOf(priority: number): PriorityChain<TClient> {
    let list = this.#byPriority.get(priority);
    if (list === undefined) {
      list = { priority, head: undefined, tail: undefined };
      this.#byPriority.set(priority, list);
      this.#pushHeap(list);
      this.#empty++;
    }
    this.#recent = list;
    return list;
  }

  /** Sorted is a heap; each list pays once for being forgotten. */
  #forgetEmpty(): void {
    this.#heap = this.#heap.filter((list) => list.head !== undefined).sort((a, b) => a.priority - b.priority);
    this.#byPriority.clear();
    for (const list of this.#heap) this.#byPriority.set(list.priority, list);
    this.#empty = 0;
    this.#recent = undefined;
  }

  #pushHeap(list: PriorityChain<TClient>): void {
    const heap = this.#heap;
    let at = heap.length;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (heap[parent]!.priority <= list.priority) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = list;
  }

  #popHeap(): void {
    const heap = this.#heap;
    if (this.#recent === heap[0]) this.#recent = undefined;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && heap[child + 1]!.priority < heap[child]!.priority) child++;
      if (heap[child]!.priority >= last.priority) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
  }
}
