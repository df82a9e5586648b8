import type { Node } from '../../pool/node.js';

/**
 * Where a walk over `before` that has come to `next` goes on in the list that replaces it: at the first node from
 * there on that is still listed.
 * @returns the node's number in `after`; -1 when none from there to the end is left
 */
export function resumeAt(before: readonly Node[], next: number, after: readonly Node[]): number {
  if (next < before.length && before[next]?.id === after[next]?.id) return next;
  const places = new Map(after.map((node, place) => [node.id, place]));
  for (let at = next; at < before.length; at++) {
    const place = places.get((before[at] as Node).id);
    if (place !== undefined) return place;
  }
  return -1;
}
