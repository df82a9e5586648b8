import assert from 'node:assert/strict';
import type { SeenQuestion } from '../../support/consul-front.js';

/** What the arrival of questions may be off, ms: one may be delayed on its way and the next one not. */
const SLACK_MS = 200;

/** Checks that questions came at most two at once and two a second, in every stretch of time. */
export function assertPace(seen: readonly SeenQuestion[]): void {
  for (let from = 0; from < seen.length; from++) {
    for (let to = from + 1; to < seen.length; to++) {
      const tookMs = seen[to]!.at - seen[from]!.at;
      const allowed = 2 + (2 * (tookMs + SLACK_MS)) / 1_000;
      const count = to - from + 1;
      assert.ok(count <= allowed, `${count} questions within ${Math.round(tookMs)} ms`);
    }
  }
}
