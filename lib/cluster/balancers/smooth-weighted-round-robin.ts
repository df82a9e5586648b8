import type { Node } from '../../pool/node.js';
import type { Balancer, PickContext } from './balancer.js';
import { isUsable } from './draw.js';
import { SeparateTurns } from './separate-turns.js';
import { summableWeight, WeightSnapshot, type WholeWeights, wholeWeights } from './weights.js';

/**
 * The smooth weighted round robin of nginx: weights 5, 1, 1 give a a b a c a a. In each step every node's credit
 * grows by its weight; the node with the most, the first of equals, is picked and pays the sum of all weights.
 *
 * Nodes of one weight take turns among themselves, so a step compares one node per distinct weight and a pick
 * costs time in proportion to those, not to the nodes. Turns of unavailable nodes are struck out of the sequence.
 * Where that strikes out thousands of turns in a row, the pick is taken evenly by weight from the usable nodes
 * instead. Calls that have been elsewhere follow a sequence of their own. After a change of the list or of a weight
 * all nodes keep their credit, and new ones start with the average.
 */
export function smoothWeightedRoundRobin(): Balancer {
  return new SeparateTurns(() => new SmoothWeightedRoundRobin());
}

/** The nodes of one weight: a ring of their numbers, from `head` on by falling credit, equals by number. */
interface Turns {
  readonly weight: number;
  readonly ring: number[];
  head: number;
}

/** Steps that look at no more than this many weights, plus one per node, may be struck out in one pick. */
const STRIKES_WORK = 4096;
/** Products of steps and weights stay whole numbers below this. */
const MOST_CREDIT = 2 ** 51;
/** Multiples of it, modulo 1, fall as evenly as can be (Kronecker's sequence of the golden ratio). */
const GOLDEN = (Math.sqrt(5) - 1) / 2;

class SmoothWeightedRoundRobin implements Balancer {
  #nodes: readonly Node[] = [];
  #snapshot = new WeightSnapshot([]);
  #whole: WholeWeights = wholeWeights([]);
  #turns: Turns[] = [];
  #heaviest = 0;
  /** A node's credit is its weight times the steps made, plus this. */
  #offsets: number[] = [];
  #steps = 0;
  #lot = 0;

  update(nodes: readonly Node[]): void {
    this.#weigh(nodes.slice());
  }

  pick({ tried }: PickContext): Node | undefined {
    if (this.#snapshot.isStale()) this.#weigh(this.#nodes);
    if (this.#nodes.length === 0) return undefined;
    const limit = Math.ceil((STRIKES_WORK + this.#nodes.length) / this.#turns.length);
    for (let steps = 0; steps < limit; steps++) {
      const node = this.#nodes[this.#step()];
      if (isUsable(node, tried)) return node;
    }
    return this.#pickEvenly(tried);
  }

  /** One step of the algorithm over all nodes; gives the number of the picked one. */
  #step(): number {
    if ((this.#steps + 1) * this.#heaviest > MOST_CREDIT) this.#settle();
    this.#steps++;
    let best: Turns = this.#turns[0]!;
    let bestNode = -1;
    let bestCredit = -Infinity;
    for (const turns of this.#turns) {
      const node = turns.ring[turns.head]!;
      const credit = turns.weight * this.#steps + this.#offsets[node]!;
      if (credit > bestCredit || (credit === bestCredit && node < bestNode)) {
        best = turns;
        bestNode = node;
        bestCredit = credit;
      }
    }
    this.#offsets[bestNode]! -= this.#whole.total;
    this.#endTurn(best);
    return bestNode;
  }

  /** Moves the node at the head, which has just paid, to where its credit belongs: nearly always the end. */
  #endTurn(turns: Turns): void {
    const { ring } = turns;
    let at = turns.head;
    turns.head = at + 1 === ring.length ? 0 : at + 1;
    while (at !== turns.head) {
      const before = at === 0 ? ring.length - 1 : at - 1;
      if (this.#compareOffsets(ring[before]!, ring[at]!) <= 0) return;
      [ring[before], ring[at]] = [ring[at]!, ring[before]!];
      at = before;
    }
  }

  /** Sorts nodes of one weight by falling credit, then by number. */
  #compareOffsets(a: number, b: number): number {
    const difference = this.#offsets[b]! - this.#offsets[a]!;
    return difference === 0 ? a - b : difference;
  }

  /** Writes the steps made into the offsets, and counts from 0 again. */
  #settle(): void {
    this.#offsets = this.#credits();
    this.#steps = 0;
  }

  #credits(): number[] {
    return this.#offsets.map((offset, i) => offset + this.#whole.values[i]! * this.#steps);
  }

  #pickEvenly(tried: ReadonlySet<Node>): Node | undefined {
    const usable = this.#nodes.filter((node) => isUsable(node, tried));
    const total = usable.reduce((sum, node) => sum + summableWeight(node), 0);
    this.#lot = (this.#lot + GOLDEN) % 1;
    let left = this.#lot * total;
    for (const node of usable) {
      left -= summableWeight(node);
      if (left < 0) return node;
    }
    return usable.at(-1);
  }

  #weigh(nodes: readonly Node[]): void {
    const credits = this.#credits();
    const creditOf = new Map(this.#nodes.map((node, i) => [node.id, credits[i]!]));
    const totalBefore = this.#whole.total;
    this.#nodes = nodes;
    this.#snapshot = new WeightSnapshot(nodes);
    this.#whole = wholeWeights(this.#snapshot.weights);
    this.#heaviest = this.#whole.values.reduce((a, b) => Math.max(a, b), 0);
    this.#steps = 0;
    this.#offsets = carryOver(nodes, creditOf, this.#whole.total / totalBefore);
    this.#turns = this.#takeTurns();
  }

  #takeTurns(): Turns[] {
    const byWeight = new Map<number, Turns>();
    for (const [i, weight] of this.#whole.values.entries()) {
      const turns = byWeight.get(weight);
      if (turns === undefined) byWeight.set(weight, { weight, ring: [i], head: 0 });
      else turns.ring.push(i);
    }
    for (const { ring } of byWeight.values()) ring.sort((a, b) => this.#compareOffsets(a, b));
    return [...byWeight.values()];
  }
}

/**
 * The credits of a new list of nodes. A credit is worth its share of a turn, whatever a turn costs now.
 * @param scale what a turn costs now by what it cost before
 */
function carryOver(nodes: readonly Node[], before: ReadonlyMap<string, number>, scale: number): number[] {
  let sum = 0;
  let known = 0;
  for (const { id } of nodes) {
    const credit = before.get(id);
    if (credit === undefined) continue;
    sum += credit;
    known++;
  }
  const average = known === 0 ? 0 : sum / known;
  return nodes.map(({ id }) => (known === 0 ? 0 : Math.round((before.get(id) ?? average) * scale)));
}
