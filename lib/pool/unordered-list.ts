/** What can stand in a {@link UnorderedList}, in one at a time. */
export interface Listed {
  /** Its place; -1 while it stands in none. Only the list writes it. */
  slot: number;
}

/**
 * Items in no order; adding and removing are O(1). Not a Set: one that items come and go in is made anew every few
 * removals, and the old tables of V8's sets point to the new ones, so that a table which got old keeps all later ones, and
 * all that ever stood in them, from being collected young. Under churn half of the time went there.
 */
export class UnorderedList<T extends Listed> {
  readonly #items: T[] = [];

  get size(): number {
    return this.#items.length;
  }

  add(item: T): void {
    item.slot = this.#items.length;
    this.#items.push(item);
  }

  /** No effect on what does not stand in here. */
  delete(item: T): void {
    if (item.slot === -1) return;
    const last = this.#items.pop()!;
    if (last !== item) {
      this.#items[item.slot] = last;
      last.slot = item.slot;
    }
    item.slot = -1;
  }

  /** Takes everything out. */
  clear(): T[] {
    const items = this.#items.splice(0);
    for (const item of items) item.slot = -1;
    return items;
  }

  /** Whoever adds or removes meanwhile iterates over a copy. */
  [Symbol.iterator](): IterableIterator<T> {
    return this.#items[Symbol.iterator]();
  }
}
