import type { Node } from '../../pool/node.js';
import type { Balancer, PickContext } from './balancer.js';
import { type DrawOptions, resolveRandom } from './balancer-options.js';
import { drawLimit, isUsable } from './draw.js';
import { LoadLedger } from './load-ledger.js';
import { NOWHERE, type Placement, placed, type WeightClass } from './placement.js';
import { RingWalk } from './ring-walk.js';
import { hashString } from './string-hash.js';

/** Options of {@link consistentHash}. */
export interface ConsistentHashOptions extends DrawOptions {
  /**
   * Calls in flight a node may have, as a multiple of its fair share (by weight) of those of all available nodes,
   * rounded up. A key whose node is at the limit goes to its next node meanwhile. At least 1; Infinity = no limit.
   * @default 1.25
   */
  loadFactor?: number | undefined;
}

/**
 * The same node for the same `hashKey`, as long as the node is usable and within its load bound; without a key,
 * any node by weight. Processes with the same nodes agree on them, in whatever order they learned of them.
 *
 * A node that comes takes only the keys that become its own, about its share of the weights, and a node that goes
 * gives away only its own; a changed weight moves keys only to or from that node. A key prefers the node whose
 * next point on a ring, divided by its weight, is nearest (the linear method of Schindelhauer and Schomaker,
 * 2005): other than with points in number of the weight, a ring need not change with any weight. Nodes of about
 * one weight share a ring, so that a search ends after a few points. Loads are bounded as by Mirrokni, Thorup and
 * Zadimoghaddam (2016). A call that is refused by node after node goes to them in the order of its key's preference;
 * all of that takes little more than one look at every node.
 * @throws InvalidOptionError
 */
export function consistentHash(options: ConsistentHashOptions = {}): Balancer {
  const random = resolveRandom(options, {
    loadFactor: {
      allowed: 'a number from 1, or Infinity',
      accepts: (v) => typeof v === 'number' && v >= 1,
    },
  });
  return new ConsistentHash(random, options.loadFactor ?? 1.25);
}

/** Points looked at in one ring, at least, before a look at every node. */
const QUICK_LOOKS = 64;
/** Nodes a call may have been to before a walk keeps its place: searching anew costs more with each of them. */
const FEW_TRIED = 8;

/** The way of a call that many nodes have refused; known by its `tried`, which is one object from pick to pick. */
interface Detour {
  readonly placement: Placement;
  readonly walk: RingWalk;
  /** Usable nodes passed over because they had no room, nearest first, and how many of them are used up. */
  readonly full: number[];
  fullUsed: number;
}

class ConsistentHash implements Balancer {
  readonly #random: () => number;
  readonly #loadFactor: number;
  #placement = NOWHERE;
  #classes: readonly WeightClass[] = [];
  #ledger = new LoadLedger([]);
  /** The node picked last, whose load has grown since. */
  #last = -1;
  readonly #detours = new WeakMap<ReadonlySet<Node>, Detour>();

  constructor(random: () => number, loadFactor: number) {
    this.#random = random;
    this.#loadFactor = loadFactor;
  }

  update(nodes: readonly Node[]): void {
    this.#place(nodes.slice());
    this.#ledger = new LoadLedger(this.#placement.nodes);
    this.#last = -1;
  }

  pick({ hashKey, tried }: PickContext): Node | undefined {
    const { nodes, snapshot } = this.#placement;
    if (snapshot.isStale()) this.#place(nodes);
    if (this.#last >= 0) this.#ledger.look(this.#last);
    this.#ledger.lookAround();
    const place = hashKey === undefined ? Math.floor(this.#random() * 2 ** 32) : hashString(hashKey);
    this.#last = tried.size < FEW_TRIED ? this.#near(place, tried) : this.#far(place, tried);
    return nodes[this.#last];
  }

  report(node: Node): void {
    const i = this.#placement.numbers.get(node.id);
    if (i !== undefined) this.#ledger.look(i);
  }

  #near(place: number, tried: ReadonlySet<Node>): number {
    const limit = QUICK_LOOKS + drawLimit(this.#placement.nodes.length);
    const quick = this.#nearest(place, tried, this.#loadFactor, limit);
    return quick < 0 ? this.#search(place, tried) : quick;
  }

  /** The same node as {@link ConsistentHash.#near} finds, for a call that has come far: its walk goes on. */
  #far(place: number, tried: ReadonlySet<Node>): number {
    const { nodes } = this.#placement;
    const detour = this.#detourOf(place, tried);
    for (let i = detour.walk.next(); i !== undefined; i = detour.walk.next()) {
      if (!isUsable(nodes[i], tried)) continue;
      if (this.#ledger.hasRoom(i, this.#loadFactor)) return i;
      detour.full.push(i);
    }
    while (detour.fullUsed < detour.full.length) {
      const i = detour.full[detour.fullUsed++]!;
      if (isUsable(nodes[i], tried)) return i;
    }
    // What has become available behind the walk's back.
    return nodes.findIndex((node) => isUsable(node, tried));
  }

  #detourOf(place: number, tried: ReadonlySet<Node>): Detour {
    const known = this.#detours.get(tried);
    if (known?.placement === this.#placement) return known;
    const walk = new RingWalk(this.#placement, place);
    const detour = { placement: this.#placement, walk, full: [], fullUsed: 0 };
    this.#detours.set(tried, detour);
    return detour;
  }

  /** Like {@link ConsistentHash.#nearest} after a look at every node, which says what there is to be found. */
  #search(place: number, tried: ReadonlySet<Node>): number {
    const { nodes } = this.#placement;
    let usable = false;
    let room = false;
    this.#ledger.lookAtAll();
    for (let i = 0; i < nodes.length && !room; i++) {
      if (!isUsable(nodes[i], tried)) continue;
      usable = true;
      room = this.#ledger.hasRoom(i, this.#loadFactor);
    }
    return usable ? this.#nearest(place, tried, room ? this.#loadFactor : Infinity, Infinity) : -1;
  }

  /**
   * The number of the node that is nearest to a place, among the usable ones with room.
   * @param limit points to look at in one ring before giving up
   */
  #nearest(place: number, tried: ReadonlySet<Node>, loadFactor: number, limit: number): number {
    const { nodes, snapshot } = this.#placement;
    let best = -1;
    let bestDistance = Infinity;
    for (const { ring, maxWeight } of this.#classes) {
      const { points } = ring;
      const count = points.length / 2;
      let point = ring.firstFrom(place);
      for (let seen = 0; seen < count; seen++) {
        const distance = (points[2 * point]! - place) >>> 0;
        if (distance / maxWeight >= bestDistance) break;
        if (seen === limit) return -1;
        const owner = points[2 * point + 1]!;
        const weighed = distance / snapshot.weights[owner]!;
        if (
          weighed < bestDistance &&
          isUsable(nodes[owner], tried) &&
          this.#ledger.hasRoom(owner, loadFactor)
        ) {
          best = owner;
          bestDistance = weighed;
        }
        point = point + 1 === count ? 0 : point + 1;
      }
    }
    return best;
  }

  #place(nodes: readonly Node[]): void {
    this.#placement = placed(this.#placement, nodes);
    this.#classes = [...this.#placement.classes.values()];
  }
}
