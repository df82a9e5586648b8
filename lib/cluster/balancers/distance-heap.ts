/** Numbers, each at a distance; the nearest is taken first. A binary heap. */
export class DistanceHeap {
  readonly #numbers: number[] = [];
  readonly #distances: number[] = [];

  /** The least distance; Infinity when there is none. */
  get least(): number {
    return this.#distances[0] ?? Infinity;
  }

  push(number: number, distance: number): void {
    let at = this.#numbers.length;
    while (at > 0) {
      const parent = (at - 1) >>> 1;
      if (this.#distances[parent]! <= distance) break;
      this.#put(at, this.#numbers[parent]!, this.#distances[parent]!);
      at = parent;
    }
    this.#put(at, number, distance);
  }

  /** Takes the nearest number; undefined when there is none. */
  pop(): number | undefined {
    const nearest = this.#numbers[0];
    const number = this.#numbers.pop();
    const distance = this.#distances.pop();
    if (this.#numbers.length > 0) this.#sink(number!, distance!);
    return nearest;
  }

  #sink(number: number, distance: number): void {
    const count = this.#numbers.length;
    let at = 0;
    for (let child = 1; child < count; child = 2 * at + 1) {
      const right = child + 1;
      if (right < count && this.#distances[right]! < this.#distances[child]!) child = right;
      if (this.#distances[child]! >= distance) break;
      this.#put(at, this.#numbers[child]!, this.#distances[child]!);
      at = child;
    }
    this.#put(at, number, distance);
  }

  #put(at: number, number: number, distance: number): void {
    this.#numbers[at] = number;
    this.#distances[at] = distance;
  }
}
