/** A well-spread 32-bit number from a 32-bit number: the finisher of MurmurHash3 (public domain, Appleby). */
export function mix32(value: number): number {
  let h = value;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/**
 * A 32-bit hash of a string, the same on every machine: FNV-1a over its UTF-16 units, finished with
 * {@link mix32}. Not made to withstand people who look for collisions.
 */
export function hashString(text: string, seed = 0): number {
  let h = 0x811c9dc5 ^ seed;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return mix32(h);
}
