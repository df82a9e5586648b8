import { hashString, mix32 } from './string-hash.js';

/** Points each node has on the ring: its share of the keys is off by about 1 / sqrt(128) = 9 %. */
const POINTS_PER_NODE = 128;
/** A point and its owner share one number while they are sorted: 32 bits of place, 21 of owner. */
const OWNERS = 2 ** 21;

/** A node as the ring knows it: by its number in a list, and its points by its id alone. */
export interface RingMember {
  readonly owner: number;
  readonly id: string;
}

/** A stretch of the circle that is looked up at once has so many points, about. */
const POINTS_PER_STRETCH = 64;

/** The points of some nodes on a circle of 2^32 places, and a way to the first point after any place. */
export class HashRing {
  /** Place and owner of each point, in turn, by rising place: what is read together lies together. */
  readonly points: Uint32Array;
  /** First point at or after the start of each of the equal stretches of the circle, and the end of the last. */
  readonly #stretches: Uint32Array;
  readonly #shift: number;

  private constructor(points: Uint32Array) {
    this.points = points;
    const count = points.length / 2;
    const bits = Math.max(1, Math.ceil(Math.log2(count / POINTS_PER_STRETCH)));
    this.#shift = 32 - bits;
    this.#stretches = new Uint32Array(2 ** bits + 1);
    for (let stretch = 0, point = 0; stretch < this.#stretches.length; stretch++) {
      while (point < count && points[2 * point]! >>> this.#shift < stretch) point++;
      this.#stretches[stretch] = point;
    }
  }

  static readonly empty = new HashRing(new Uint32Array(0));

  /** The number of the first point at or after a place, around the end. */
  firstFrom(place: number): number {
    const { points } = this;
    const count = points.length / 2;
    const stretch = place >>> this.#shift;
    const start = this.#stretches[stretch]!;
    // Points are spread evenly: the one sought is a few steps from where the place is in the stretch.
    const part = place / 2 ** this.#shift - stretch;
    let point = start + Math.floor(part * (this.#stretches[stretch + 1]! - start));
    while (point > start && points[2 * point - 2]! >= place) point--;
    while (point < count && points[2 * point]! < place) point++;
    return point === count ? 0 : point;
  }

  /**
   * A ring in which nodes have left, have other numbers, or have come. Costs time in proportion to the points,
   * and sorts only those of the nodes that come.
   * @param renumbered the new number of each old one, -1 for the ones that leave
   */
  changed(renumbered: Int32Array, coming: readonly RingMember[]): HashRing {
    const staying = this.#withoutLeavers(renumbered);
    const fresh = sortedPoints(coming);
    const merged = new Uint32Array(staying.length + 2 * fresh.length);
    for (let i = 0, old = 0; i < merged.length; i += 2) {
      const point = fresh[(i - old) / 2];
      const isFresh = old === staying.length || (point !== undefined && point < staying[old]! * OWNERS);
      merged[i] = isFresh ? point! / OWNERS : staying[old]!;
      merged[i + 1] = isFresh ? point! % OWNERS : staying[old + 1]!;
      if (!isFresh) old += 2;
    }
    return new HashRing(merged);
  }

  #withoutLeavers(renumbered: Int32Array): Uint32Array {
    const staying = new Uint32Array(this.points.length);
    let count = 0;
    for (let i = 0; i < staying.length; i += 2) {
      const owner = renumbered[this.points[i + 1]!]!;
      if (owner < 0) continue;
      staying[count++] = this.points[i]!;
      staying[count++] = owner;
    }
    return staying.subarray(0, count);
  }
}

function sortedPoints(members: readonly RingMember[]): Float64Array {
  const points = new Float64Array(members.length * POINTS_PER_NODE);
  let filled = 0;
  for (const { owner, id } of members) {
    // Two hashes, start and stride: ids whose hashes are equal in one of them still have points of their own.
    const start = hashString(id, 1);
    const stride = hashString(id, 2) | 1;
    for (let i = 0; i < POINTS_PER_NODE; i++) {
      points[filled++] = mix32(start + Math.imul(i, stride)) * OWNERS + owner;
    }
  }
  return points.sort();
}
