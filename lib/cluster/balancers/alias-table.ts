/**
 * Draws a number with odds in proportion to its weight, in constant time: the alias method (Walker 1977, built as
 * Vose 1991 does). Every place is shared by at most two numbers: its own and its alias.
 */
export class AliasTable {
  /** Share of a place that belongs to the place's own number. */
  readonly #own: Float64Array;
  readonly #alias: Int32Array;

  /** @param weights all above 0 */
  constructor(weights: readonly number[]) {
    const count = weights.length;
    this.#own = new Float64Array(count).fill(1);
    this.#alias = new Int32Array(count);
    // Divided by the largest first: the sum of very large weights would be Infinity.
    const largest = weights.reduce((a, b) => Math.max(a, b), 0);
    const mean = weights.reduce((a, b) => a + b / largest, 0) / count;
    const share = Float64Array.from(weights, (weight) => weight / largest / mean);
    const small: number[] = [];
    const large: number[] = [];
    for (let i = 0; i < count; i++) (share[i]! < 1 ? small : large).push(i);
    while (small.length > 0 && large.length > 0) {
      const poor = small.pop()!;
      const rich = large.at(-1)!;
      this.#own[poor] = share[poor]!;
      this.#alias[poor] = rich;
      share[rich]! -= 1 - share[poor]!;
      if (share[rich]! < 1) small.push(large.pop()!);
    }
  }

  /** @param lot from 0 up to, not including, 1 */
  draw(lot: number): number {
    const scaled = lot * this.#own.length;
    const place = Math.floor(scaled);
    return scaled - place < this.#own[place]! ? place : this.#alias[place]!;
  }
}
