import { DistanceHeap } from './distance-heap.js';
import type { HashRing } from './hash-ring.js';
import type { Placement } from './placement.js';

/** How far the walk has come on one ring. */
interface Progress {
  readonly ring: HashRing;
  readonly maxWeight: number;
  /** The point it comes to next. */
  point: number;
  pointsLeft: number;
}

/**
 * The nodes in the order in which a place prefers them (by distance over weight), each found when it is asked for.
 * It goes around the rings once, so all nodes together cost little more than a search for the last of them.
 */
export class RingWalk {
  readonly #place: number;
  readonly #weights: readonly number[];
  readonly #rings: Progress[];
  /** By node number: 1 once a point of it has been met, which is its nearest. */
  readonly #met: Uint8Array;
  #unmet: number;
  /** Nodes met and not given yet. */
  readonly #waiting = new DistanceHeap();

  constructor({ nodes, snapshot, classes }: Placement, place: number) {
    this.#place = place;
    this.#weights = snapshot.weights;
    this.#met = new Uint8Array(nodes.length);
    this.#unmet = nodes.length;
    this.#rings = Array.from(classes.values(), ({ ring, maxWeight }) => ({
      ring,
      maxWeight,
      point: ring.firstFrom(place),
      pointsLeft: ring.points.length / 2,
    }));
  }

  /** The number of the next node; undefined after the last. */
  next(): number | undefined {
    while (this.#unmet > 0) {
      const { nearest, distance } = this.#nearestPoint();
      // No node still to be met is nearer than the heaviest one of its ring would be at this point.
      if (this.#waiting.least <= distance) break;
      this.#pass(nearest);
    }
    return this.#waiting.pop();
  }

  /** The ring whose next point may be that of the nearest node, and how near at best. */
  #nearestPoint(): { nearest: Progress; distance: number } {
    let nearest = this.#rings[0]!;
    let distance = Infinity;
    for (const progress of this.#rings) {
      if (progress.pointsLeft === 0) continue;
      const bound = this.#distanceTo(progress) / progress.maxWeight;
      if (bound >= distance) continue;
      nearest = progress;
      distance = bound;
    }
    return { nearest, distance };
  }

  #distanceTo({ ring, point }: Progress): number {
    return (ring.points[2 * point]! - this.#place) >>> 0;
  }

  #pass(progress: Progress): void {
    const { points } = progress.ring;
    const owner = points[2 * progress.point + 1]!;
    if (this.#met[owner] === 0) {
      this.#met[owner] = 1;
      this.#unmet--;
      this.#waiting.push(owner, this.#distanceTo(progress) / this.#weights[owner]!);
    }
    progress.point = progress.point + 1 === points.length / 2 ? 0 : progress.point + 1;
    progress.pointsLeft--;
  }
}
