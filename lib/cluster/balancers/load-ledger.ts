import type { Node } from '../../pool/node.js';
import { summableWeight } from './weights.js';

/** Up to so many nodes, all of them are looked at with every pick. */
const SMALL = 16;

/**
 * The calls in flight and the weights of all available nodes, summed up. The sums are kept by looking at a few
 * nodes at a time: those a pick considers, those a call has ended on, and others in turn, one per pick.
 */
export class LoadLedger {
  readonly #nodes: readonly Node[];
  /** Calls and weight of each node, in turn: what is read together lies together. 0, 0 while it is unavailable. */
  readonly #seen: Float64Array;
  #totalCalls = 0;
  #totalWeight = 0;
  #at = 0;

  constructor(nodes: readonly Node[]) {
    this.#nodes = nodes;
    this.#seen = new Float64Array(2 * nodes.length);
    this.lookAtAll();
  }

  /** Takes a node as it is now. */
  look(i: number): void {
    const node = this.#nodes[i]!;
    const { available } = node;
    const calls = available ? node.inFlight : 0;
    const weight = available ? summableWeight(node) : 0;
    this.#totalCalls += calls - this.#seen[2 * i]!;
    this.#totalWeight += weight - this.#seen[2 * i + 1]!;
    this.#seen[2 * i] = calls;
    this.#seen[2 * i + 1] = weight;
  }

  /** Takes the next node in turn as it is now; few nodes are all looked at. */
  lookAround(): void {
    const count = this.#nodes.length;
    for (let looks = count > SMALL ? 1 : count; looks > 0; looks--) {
      this.look(this.#at);
      this.#at = this.#at + 1 === count ? 0 : this.#at + 1;
    }
  }

  /** Takes all nodes as they are now, and sums up anew: sums of fractions that come and go drift. */
  lookAtAll(): void {
    this.#totalCalls = 0;
    this.#totalWeight = 0;
    this.#seen.fill(0);
    for (let i = 0; i < this.#nodes.length; i++) this.look(i);
  }

  /** Whether one more call leaves the node within `factor` times its fair share of all calls, rounded up. */
  hasRoom(i: number, factor: number): boolean {
    this.look(i);
    const share = ((this.#totalCalls + 1) * this.#seen[2 * i + 1]!) / this.#totalWeight;
    return this.#seen[2 * i]! + 1 <= Math.ceil(factor * share - 1e-9);
  }
}
