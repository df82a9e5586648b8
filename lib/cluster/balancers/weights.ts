import type { Node } from '../../pool/node.js';

/** No weight counts less: a distance divided by it stays finite. */
const LEAST = 1e-280;
/** A power of two, so nothing is rounded. */
const SUMMABLE = 2 ** -64;

/** What a node is weighed with: its weight, or 1 when that is no number above 0. */
export function nodeWeight(node: Node): number {
  const { weight } = node;
  return weight > 0 && weight < Infinity ? Math.max(weight, LEAST) : 1;
}

/** The same in a unit in which millions of the largest weights still have a finite sum. */
export function summableWeight(node: Node): number {
  return nodeWeight(node) * SUMMABLE;
}

/** The weights of a list of nodes as they were at one moment, and a cheap way to learn that they have changed. */
export class WeightSnapshot {
  readonly weights: readonly number[];
  readonly #nodes: readonly Node[];
  #looksLeft: number;
  #at = 0;
  #changed = false;

  constructor(nodes: readonly Node[]) {
    this.#nodes = nodes;
    this.#looksLeft = nodes.length;
    this.weights = nodes.map(nodeWeight);
  }

  /**
   * Whether to take a new snapshot. Each call looks at one node. It says yes at the earliest when it was asked as
   * many times as there are nodes, which spreads the cost of weighing them all over that many calls.
   */
  isStale(): boolean {
    const node = this.#nodes[this.#at];
    if (node === undefined) return false;
    if (nodeWeight(node) !== this.weights[this.#at]) this.#changed = true;
    this.#at = this.#at + 1 === this.#nodes.length ? 0 : this.#at + 1;
    if (this.#looksLeft > 0) this.#looksLeft--;
    return this.#changed && this.#looksLeft === 0;
  }
}

/** Weights as whole numbers of one unit. */
export interface WholeWeights {
  readonly values: readonly number[];
  /** What 1 stands for. */
  readonly unit: number;
  readonly total: number;
}

/** Sums of whole weights stay below this, so that sums over thousands of picks are exact too. */
const MOST = 2 ** 40;

/**
 * Weights as the algorithms that count in whole numbers need them. Exact for whole numbers and for up to three
 * decimals, as people write weights. Others, as a slow start produces them, are rounded to two significant digits
 * of the smallest weight; each counts at least as one unit.
 */
export function wholeWeights(weights: readonly number[]): WholeWeights {
  // Divided one by one: the sum of very large weights would be Infinity.
  const least = weights.reduce((a, b) => a + b / MOST, 0);
  const unit = Math.max(unitOf(weights), least);
  const values = weights.map((weight) => Math.max(1, Math.round(weight / unit)));
  return { values, unit, total: values.reduce((a, b) => a + b, 0) };
}

function unitOf(weights: readonly number[]): number {
  for (const parts of [1, 10, 100, 1000]) {
    if (weights.every((weight) => isWhole(weight * parts))) return 1 / parts;
  }
  const smallest = weights.reduce((a, b) => Math.min(a, b));
  return 10 ** (Math.floor(Math.log10(smallest)) - 1);
}

/** Whether a number is whole, but for the error that a multiplication by a power of ten leaves behind. */
function isWhole(value: number): boolean {
  return value >= 0.5 && Math.abs(value - Math.round(value)) <= value * 4 * Number.EPSILON;
}
