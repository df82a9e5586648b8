import type { Tally } from './subject.js';

/** What many runs have seen together. */
export class Totals {
  readonly #sums = new Map<string, number>();
  runs = 0;

  add(tally: Tally): void {
    this.runs++;
    for (const [name, value] of flat(tally)) this.#sums.set(name, this.of(name) + value);
  }

  /** How often something was seen, such as `gets` or `closed.idle`. */
  of(name: string): number {
    return this.#sums.get(name) ?? 0;
  }

  toString(): string {
    return [...this.#sums]
      .sort(([a], [b]) => a.localeCompare(b))
      .map(([name, value]) => `${name} ${value}`)
      .join(', ');
  }
}

function flat(tally: Tally): [string, number][] {
  return Object.entries(tally).flatMap(([name, value]): [string, number][] =>
    typeof value === 'number'
      ? [[name, value]]
      : Object.entries(value).map(([key, count]) => [`${name}.${key}`, count]),
  );
}
