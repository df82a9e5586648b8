/** Ids that are given up and remembered at most; with that many newer ones the answer to the oldest comes no more. */
const MAX_ABANDONED = 65_536;

/**
 * The ids of one connection: one after the other, starting over at the end of the range, never one that is taken.
 * An id is taken from its request to its answer, also when the caller gives up in between: used for another request
 * it would get the late answer.
 */
export class RequestIds {
  readonly #maxId: bigint;
  readonly #inFlight: ReadonlyMap<bigint, unknown>;
  /** Oldest first. */
  readonly #abandoned = new Set<bigint>();
  #last = 0n;

  constructor(maxId: bigint, inFlight: ReadonlyMap<bigint, unknown>) {
    this.#maxId = maxId;
    this.#inFlight = inFlight;
  }

  /** Ids given up whose answers may still come. */
  get abandoned(): number {
    return this.#abandoned.size;
  }

  isTaken(id: bigint): boolean {
    return this.#inFlight.has(id) || this.#abandoned.has(id);
  }

  /** An id that is not taken; undefined when all are. */
  next(): bigint | undefined {
    // Of one id more than are taken, one is free.
    let left = this.#inFlight.size + this.#abandoned.size;
    if (BigInt(left) > this.#maxId) return undefined;
    let id = this.#after(this.#last);
    while (this.isTaken(id)) {
      if (left-- === 0) throw new Error(`BUG: no id is free of ${this.#maxId}`);
      id = this.#after(id);
    }
    this.#last = id;
    return id;
  }

  abandon(id: bigint): void {
    this.#abandoned.add(id);
    if (this.#abandoned.size <= MAX_ABANDONED) return;
    for (const oldest of this.#abandoned) {
      this.#abandoned.delete(oldest);
      return;
    }
  }

  /** An answer to `id` came: the id is free again. Gives whether it was abandoned. */
  reclaim(id: bigint): boolean {
    return this.#abandoned.delete(id);
  }

  #after(id: bigint): bigint {
    return id >= this.#maxId ? 0n : id + 1n;
  }
}
