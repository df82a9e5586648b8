import type { Node } from '../../pool/node.js';
import { HashRing, type RingMember } from './hash-ring.js';
import { WeightSnapshot } from './weights.js';

/** The nodes whose weights are between two powers of sixteen, on a ring of their own. */
export interface WeightClass {
  readonly ring: HashRing;
  /** No weight in this class is above it. */
  readonly maxWeight: number;
}

/** Which node is on which ring. */
export interface Placement {
  readonly nodes: readonly Node[];
  readonly snapshot: WeightSnapshot;
  /** The number of each id's node. */
  readonly numbers: ReadonlyMap<string, number>;
  /** By node number: the exponent that names its class. */
  readonly classOf: readonly number[];
  readonly classes: ReadonlyMap<number, WeightClass>;
}

/** No nodes at all. */
export const NOWHERE: Placement = {
  nodes: [],
  snapshot: new WeightSnapshot([]),
  numbers: new Map(),
  classOf: [],
  classes: new Map(),
};

/** The placement of a new list of nodes. Rings that nobody joins, leaves or is renumbered in stay as they are. */
export function placed(before: Placement, nodes: readonly Node[]): Placement {
  const snapshot = new WeightSnapshot(nodes);
  const classOf = snapshot.weights.map((weight) => Math.floor(Math.log2(weight) / 4));
  const numbers = new Map(nodes.map(({ id }, i) => [id, i]));
  const { renumbered, disturbed } = renumber(before, numbers, classOf);
  const coming = new Map<number, RingMember[]>(classOf.map((key) => [key, []]));
  const maxWeights = new Map<number, number>();
  for (const [owner, { id }] of nodes.entries()) {
    const key = classOf[owner]!;
    maxWeights.set(key, Math.max(maxWeights.get(key) ?? 0, snapshot.weights[owner]!));
    const known = before.numbers.get(id);
    if (known === undefined || before.classOf[known] !== key) coming.get(key)!.push({ owner, id });
  }
  const classes = new Map<number, WeightClass>();
  for (const [key, members] of coming) {
    const ring = before.classes.get(key)?.ring ?? HashRing.empty;
    const stays = members.length === 0 && !disturbed.has(key);
    classes.set(key, {
      ring: stays ? ring : ring.changed(renumbered, members),
      maxWeight: maxWeights.get(key)!,
    });
  }
  return { nodes, snapshot, numbers, classOf, classes };
}

/** The new number of each old node, -1 for those that leave their class, and the classes where any changes. */
function renumber(
  before: Placement,
  numbers: ReadonlyMap<string, number>,
  classOf: readonly number[],
): { renumbered: Int32Array; disturbed: ReadonlySet<number> } {
  const renumbered = new Int32Array(before.nodes.length).fill(-1);
  const disturbed = new Set<number>();
  for (const [i, { id }] of before.nodes.entries()) {
    const number = numbers.get(id);
    if (number !== undefined && classOf[number] === before.classOf[i]) renumbered[i] = number;
    if (renumbered[i] !== i) disturbed.add(before.classOf[i]!);
  }
  return { renumbered, disturbed };
}
