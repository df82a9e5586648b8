import { now, Timer } from '../../pool/clock.js';

/** Something that ends at a moment. The fields are the heap's. */
export interface Deadline {
  /** When, ms of the monotonic clock; Infinity = never. */
  readonly due: number;
  /** Its place in the heap; -1 when it is in none. */
  place: number;
}

/**
 * Any number of deadlines on one timer: a binary heap whose entries know their place, so that one that is met is
 * taken out in O(log n). Adding the latest, as equal time limits do, costs O(1). The timer is not touched when a
 * deadline is met; it looks, when it fires, how long the next one still has. It never keeps the process alive: the
 * socket does.
 */
export class Deadlines<T extends Deadline> {
  readonly #onDue: (entry: T) => void;
  readonly #heap: T[] = [];
  #timer: Timer | undefined;
  #timerDue = Infinity;

  /** Calls `onDue` with each entry that was added and not deleted in time; it has left the heap by then. */
  constructor(onDue: (entry: T) => void) {
    this.#onDue = onDue;
  }

  get size(): number {
    return this.#heap.length;
  }

  add(entry: T): void {
    if (entry.due === Infinity) return;
    this.#rise(entry, this.#heap.length);
    if (entry.due < this.#timerDue) this.#arm(entry.due);
  }

  /** Takes an entry out; no effect when it is not in. */
  delete(entry: T): void {
    const { place } = entry;
    if (place === -1) return;
    entry.place = -1;
    const last = this.#heap.pop()!;
    if (last === entry) return;
    if (place > 0 && last.due < this.#heap[(place - 1) >> 1]!.due) this.#rise(last, place);
    else this.#sink(last, place);
  }

  /** Forgets all entries and the timer. */
  clear(): void {
    for (const entry of this.#heap) entry.place = -1;
    this.#heap.length = 0;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#timerDue = Infinity;
  }

  #rise(entry: T, from: number): void {
    let place = from;
    while (place > 0) {
      const parentPlace = (place - 1) >> 1;
      const parent = this.#heap[parentPlace]!;
      if (parent.due <= entry.due) break;
      this.#put(parent, place);
      place = parentPlace;
    }
    this.#put(entry, place);
  }

  #sink(entry: T, from: number): void {
    const heap = this.#heap;
    let place = from;
    for (;;) {
      let childPlace = 2 * place + 1;
      if (childPlace >= heap.length) break;
      if (childPlace + 1 < heap.length && heap[childPlace + 1]!.due < heap[childPlace]!.due) childPlace += 1;
      const child = heap[childPlace]!;
      if (entry.due <= child.due) break;
      this.#put(child, place);
      place = childPlace;
    }
    this.#put(entry, place);
  }

  #put(entry: T, place: number): void {
    this.#heap[place] = entry;
    entry.place = place;
  }

  #arm(due: number): void {
    this.#timer?.cancel();
    this.#timerDue = due;
    this.#timer = new Timer(() => this.#look(), due - now(), false);
  }

  #look(): void {
    this.#timer = undefined;
    this.#timerDue = Infinity;
    const at = now();
    for (let next = this.#heap[0]; next !== undefined && next.due <= at; next = this.#heap[0]) {
      this.delete(next);
      this.#onDue(next);
    }
    const next = this.#heap[0];
    if (next !== undefined && next.due < this.#timerDue) this.#arm(next.due);
  }
}
