import assert from 'node:assert/strict';
import fc from 'fast-check';
import { currentTurn } from '../../../lib/pool/clock.js';
import { WaitQueue } from '../../../lib/pool/wait-queue.js';
import { Waiter } from '../../../lib/pool/waiter.js';

interface Entry {
  readonly waiter: Waiter<object>;
  readonly priority: number;
}

/** What happens to a queue: a call joins, the first is served, or somebody leaves from anywhere. */
const step = fc.oneof(
  fc.record({
    kind: fc.constant('join' as const),
    priority: fc.integer({ min: -1, max: 1 }),
    timeoutMs: fc.constantFrom(10, 20, 30, Infinity),
  }),
  fc.record({ kind: fc.constant('serve' as const) }),
  fc.record({ kind: fc.constant('leave' as const), at: fc.nat() }),
);

/** The first of the lowest priority, found by looking at every one. */
function firstOf(entries: readonly Entry[]): Entry | undefined {
  let first: Entry | undefined;
  for (const entry of entries) if (first === undefined || entry.priority < first.priority) first = entry;
  return first;
}

describe('the queue of waiters', () => {
  it('serves by priority and then by arrival, whatever the timeouts and whoever leaves', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const queue = new WaitQueue<object>(() => {});
        let entries: Entry[] = [];
        const remove = (entry: Entry | undefined) => {
          if (entry === undefined) return;
          queue.remove(entry.waiter);
          entries = entries.filter((other) => other !== entry);
        };
        for (const now of steps) {
          if (now.kind === 'join') {
            const waiter = new Waiter<object>(currentTurn(), true);
            queue.push(waiter, now.priority, now.timeoutMs);
            entries.push({ waiter, priority: now.priority });
          } else if (now.kind === 'serve') remove(firstOf(entries));
          else remove(entries[now.at % entries.length]);
          assert.equal(queue.size, entries.length);
          assert.ok(queue.first() === firstOf(entries)?.waiter);
        }
        while (entries.length > 0) {
          assert.ok(queue.first() === firstOf(entries)?.waiter);
          remove(firstOf(entries));
        }
        assert.equal(queue.first(), undefined);
      }),
      { numRuns: 500 },
    );
  });
});
