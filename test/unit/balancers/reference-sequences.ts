import type { FakeNode } from './fake-node.js';

/** The weighted round robin of LVS step by step, with the turns of nodes that are down struck out. */
export function* lvsSequence(nodes: readonly FakeNode[]): Generator<FakeNode | undefined, never> {
  const weights = nodes.map((node) => node.weight);
  const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));
  const divisor = weights.reduce((a, b) => gcd(a, b));
  const heaviest = Math.max(...weights);
  let at = -1;
  let level = 0;
  for (let fruitless = 0; ; ) {
    at = (at + 1) % nodes.length;
    if (at === 0) {
      level -= divisor;
      if (level <= 0) level = heaviest;
    }
    const node = nodes[at]!;
    if (weights[at]! >= level && node.up) {
      fruitless = 0;
      yield node;
    } else if (++fruitless >= (nodes.length * heaviest) / divisor) {
      fruitless = 0;
      yield undefined;
    }
  }
}

/**
 * The smooth weighted round robin of nginx step by step, with the turns of nodes that are down struck out. In a
 * new list credits are worth the same part of a turn as before, and new nodes have the average.
 */
export class NginxReference {
  #nodes: readonly FakeNode[] = [];
  #total = 0;
  readonly #credits = new Map<string, number>();

  update(nodes: readonly FakeNode[]): void {
    const known = nodes.flatMap(({ id }) => this.#credits.get(id) ?? []);
    const average = known.length === 0 ? 0 : known.reduce((a, b) => a + b) / known.length;
    const total = nodes.reduce((sum, node) => sum + node.weight, 0);
    const scale = this.#total === 0 ? 1 : total / this.#total;
    const credits = nodes.map(({ id }) => Math.round((this.#credits.get(id) ?? average) * scale));
    this.#credits.clear();
    for (const [i, { id }] of nodes.entries()) this.#credits.set(id, credits[i]!);
    this.#nodes = nodes;
    this.#total = total;
  }

  next(): FakeNode {
    for (;;) {
      let best = this.#nodes[0]!;
      for (const node of this.#nodes) {
        this.#credits.set(node.id, this.#credits.get(node.id)! + node.weight);
        if (this.#credits.get(node.id)! > this.#credits.get(best.id)!) best = node;
      }
      this.#credits.set(best.id, this.#credits.get(best.id)! - this.#total);
      if (best.up) return best;
    }
  }
}
