import type { Node } from '../../pool/node.js';
import type { Balancer, PickContext } from './balancer.js';
import { isUsable } from './draw.js';
import { resumeAt } from './resume-at.js';
import { SeparateTurns } from './separate-turns.js';
import { WeightSnapshot, type WholeWeights, wholeWeights } from './weights.js';

/**
 * The weighted round robin of the Linux Virtual Server: weights 4, 3, 2 give A A B A B C A B C.
 *
 * It goes around the list once per level, from the largest weight down in steps of the weights' greatest common
 * divisor, and picks the nodes whose weight reaches the level. Heavy nodes come in runs:
 * {@link smoothWeightedRoundRobin} mixes them better, above all while weights are not whole numbers.
 *
 * Turns of unavailable nodes are struck out of the sequence. Calls that have been elsewhere follow the same
 * sequence at a place of their own: passing over the nodes they tried, they may skip whole levels, which is
 * nothing to the other calls. After a change of the list or of a weight it goes on
 * at the level and the node it had come to. A pick takes constant time on average: a level costs as much to
 * prepare as it has picks.
 */
export function weightedRoundRobin(): Balancer {
  return new SeparateTurns(() => new WeightedRoundRobin());
}

/** The nodes of one weight, by their numbers. */
interface WeightGroup {
  readonly weight: number;
  readonly members: number[];
}

/** A place in the sequence. */
interface Position {
  /** The least weight that is picked in this round. */
  readonly level: number;
  /** The numbers of the nodes that reach the level, in order. */
  readonly eligible: readonly number[];
  /** How many of the groups these are. */
  readonly groupCount: number;
  /** Which of the eligible ones is next. */
  next: number;
}

const START: Position = Object.freeze({ level: 0, eligible: [], groupCount: 0, next: 0 });

class WeightedRoundRobin implements Balancer {
  #nodes: readonly Node[] = [];
  #snapshot = new WeightSnapshot([]);
  #whole: WholeWeights = wholeWeights([]);
  /** Heaviest first. */
  #groups: readonly WeightGroup[] = [];
  #divisor = 1;
  #at: Position = { ...START };

  update(nodes: readonly Node[]): void {
    this.#weigh(nodes.slice());
  }

  pick({ tried }: PickContext): Node | undefined {
    if (this.#snapshot.isStale()) this.#weigh(this.#nodes);
    if (this.#nodes.length === 0) return undefined;
    let position = this.#at;
    let node = this.#restOfRound(position, tried);
    if (node === undefined) {
      position = this.#nextRound(position);
      node = this.#restOfRound(position, tried);
    }
    if (node === undefined) {
      // A whole round had no usable node: all levels down to the heaviest usable node's are as empty.
      position = this.#roundAt(this.#heaviestUsable(tried));
      node = this.#restOfRound(position, tried);
    }
    if (node !== undefined) this.#at = position;
    return node;
  }

  #restOfRound(position: Position, tried: ReadonlySet<Node>): Node | undefined {
    const { eligible } = position;
    for (let at = position.next; at < eligible.length; at++) {
      const node = this.#nodes[eligible[at]!];
      if (isUsable(node, tried)) {
        position.next = at + 1;
        return node;
      }
    }
    return undefined;
  }

  #nextRound({ eligible, groupCount, level }: Position): Position {
    if (level <= this.#divisor) {
      const heaviest = this.#groups[0]!;
      return { level: heaviest.weight, eligible: heaviest.members, groupCount: 1, next: 0 };
    }
    const lower = level - this.#divisor;
    const joining = this.#groups[groupCount];
    if (joining?.weight !== lower) return { level: lower, eligible, groupCount, next: 0 };
    const merged = mergeSorted(eligible, joining.members);
    return { level: lower, eligible: merged, groupCount: groupCount + 1, next: 0 };
  }

  #roundAt(level: number): Position {
    const eligible: number[] = [];
    for (let i = 0; i < this.#nodes.length; i++) {
      if (this.#whole.values[i]! >= level) eligible.push(i);
    }
    const groupCount = this.#groups.filter(({ weight }) => weight >= level).length;
    return { level, eligible, groupCount, next: 0 };
  }

  #heaviestUsable(tried: ReadonlySet<Node>): number {
    let heaviest = 0;
    for (let i = 0; i < this.#nodes.length; i++) {
      if (isUsable(this.#nodes[i], tried)) heaviest = Math.max(heaviest, this.#whole.values[i]!);
    }
    return heaviest;
  }

  #weigh(nodes: readonly Node[]): void {
    const before = this.#nodes;
    const unit = this.#whole.unit;
    this.#nodes = nodes;
    this.#snapshot = new WeightSnapshot(nodes);
    this.#whole = wholeWeights(this.#snapshot.weights);
    this.#groups = groupByWeight(this.#whole.values);
    this.#divisor = this.#whole.values.reduce(greatestCommonDivisor, 0);
    const isKnown = resumeAt(before, 0, nodes) >= 0;
    const { level, eligible, next } = this.#at;
    const resumed = resumeAt(before, eligible[next] ?? before.length, nodes);
    this.#at =
      isKnown && level > 0
        ? this.#positionNear(level * unit, resumed < 0 ? Infinity : resumed)
        : { ...START };
  }

  /** The position at the level nearest to a weight, before the node of that number (Infinity: after the last). */
  #positionNear(weight: number, node: number): Position {
    const steps = Math.round(weight / this.#whole.unit / this.#divisor);
    const heaviest = this.#groups[0]!.weight;
    const position = this.#roundAt(Math.min(heaviest, Math.max(1, steps) * this.#divisor));
    const next = position.eligible.findIndex((eligible) => eligible >= node);
    position.next = next < 0 ? position.eligible.length : next;
    return position;
  }
}

function groupByWeight(weights: readonly number[]): WeightGroup[] {
  const groups = new Map<number, WeightGroup>();
  for (const [i, weight] of weights.entries()) {
    const group = groups.get(weight);
    if (group === undefined) groups.set(weight, { weight, members: [i] });
    else group.members.push(i);
  }
  return [...groups.values()].sort((a, b) => b.weight - a.weight);
}

function mergeSorted(a: readonly number[], b: readonly number[]): number[] {
  const merged = new Array<number>(a.length + b.length);
  for (let i = 0, j = 0; i + j < merged.length; ) {
    merged[i + j] = j === b.length || a[i]! < b[j]! ? a[i++]! : b[j++]!;
  }
  return merged;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
