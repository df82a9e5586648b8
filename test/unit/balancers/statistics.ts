import assert from 'node:assert/strict';

/** Repeatable numbers from 0 up to, not including, 1 (the generator known as mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Asserts by Pearson's chi-square test that counts fit their shares: one fair sample in 1,000 would not. */
export function assertShares(counts: readonly number[], shares: readonly number[]): void {
  const total = counts.reduce((a, b) => a + b, 0);
  const whole = shares.reduce((a, b) => a + b, 0);
  let chiSquare = 0;
  let freedom = -1;
  for (const [i, share] of shares.entries()) {
    const expected = (total * share) / whole;
    if (expected === 0) assert.equal(counts[i], 0, `number ${i} has no share`);
    else {
      chiSquare += (counts[i]! - expected) ** 2 / expected;
      freedom++;
    }
  }
  const limit = chiSquareLimit(freedom);
  assert.ok(
    chiSquare <= limit,
    `chi-square ${chiSquare.toFixed(1)} > ${limit.toFixed(1)}: ${counts} for ${shares}`,
  );
}

/** The 99.9 % quantile by Wilson and Hilferty's approximation. */
function chiSquareLimit(freedom: number): number {
  const a = 2 / (9 * freedom);
  return freedom * (1 - a + 3.0902 * Math.sqrt(a)) ** 3;
}

/** Asserts that each count is within a part of its share of all. */
export function assertNear(counts: readonly number[], shares: readonly number[], tolerance: number): void {
  const total = counts.reduce((a, b) => a + b, 0);
  const whole = shares.reduce((a, b) => a + b, 0);
  for (const [i, share] of shares.entries()) {
    const expected = (total * share) / whole;
    const off = Math.abs(counts[i]! - expected);
    assert.ok(
      off <= tolerance * expected,
      `number ${i}: ${counts[i]} of ${total}, expected ${expected.toFixed(1)}`,
    );
  }
}
