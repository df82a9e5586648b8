import assert from 'node:assert/strict';
import FakeTimers from '@sinonjs/fake-timers';
import fc from 'fast-check';
import { type Deadline, Deadlines } from '../../../../lib/clients/mux/deadlines.js';

interface Entry extends Deadline {
  readonly name: number;
}

describe('the deadlines of one connection', () => {
  let clock: ReturnType<typeof FakeTimers.install>;
  beforeEach(() => {
    clock = FakeTimers.install({
      toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'clearImmediate', 'performance'],
    });
  });
  afterEach(() => clock.uninstall());

  it('come due in order, each at its time, whatever was deleted in between', () => {
    const plan = fc.record({
      afterMs: fc.integer({ min: 1, max: 500 }),
      deleteAfterMs: fc.option(fc.nat(500)),
    });
    fc.assert(
      fc.property(fc.array(plan, { maxLength: 60 }), (plans) => {
        const startedAt = performance.now();
        const met: { name: number; at: number }[] = [];
        const deadlines = new Deadlines<Entry>(({ name }) =>
          met.push({ name, at: performance.now() - startedAt }),
        );
        const entries = plans.map(
          ({ afterMs }, name): Entry => ({ name, due: startedAt + afterMs, place: -1 }),
        );
        for (const entry of entries) deadlines.add(entry);
        for (let ms = 0; ms < 501; ms++) {
          for (const [i, { deleteAfterMs }] of plans.entries()) {
            if (deleteAfterMs === ms) deadlines.delete(entries[i]!);
          }
          clock.tick(1);
        }
        assert.ok(met.every(({ at }, i) => i === 0 || met[i - 1]!.at <= at));
        assert.deepEqual(
          met.sort((a, b) => a.name - b.name),
          plans.flatMap(({ afterMs, deleteAfterMs }, name) =>
            deleteAfterMs !== null && deleteAfterMs < afterMs ? [] : [{ name, at: afterMs }],
          ),
        );
        assert.equal(deadlines.size, 0);
        assert.equal(clock.countTimers(), 0);
      }),
      { numRuns: 60 },
    );
  });

  it('keep one timer, however many there are, and none after clear()', () => {
    const deadlines = new Deadlines<Entry>(() => assert.fail('none comes due'));
    for (let name = 0; name < 1_000; name++) deadlines.add({ name, due: 1_000 - name, place: -1 });
    assert.equal(deadlines.size, 1_000);
    assert.equal(clock.countTimers(), 1);
    deadlines.clear();
    assert.equal(deadlines.size, 0);
    assert.equal(clock.countTimers(), 0);
    clock.tick(2_000);
  });

  it('that are never need no timer', () => {
    const deadlines = new Deadlines<Entry>(() => assert.fail('none comes due'));
    const never: Entry = { name: 0, due: Infinity, place: -1 };
    deadlines.add(never);
    deadlines.delete(never);
    assert.equal(clock.countTimers(), 0);
  });

  it('may be added and cleared by the one that comes due', () => {
    const met: number[] = [];
    const deadlines = new Deadlines<Entry>(({ name }) => {
      met.push(name);
      if (name === 1) deadlines.add({ name: 2, due: performance.now() + 10, place: -1 });
      if (name === 2) deadlines.clear();
    });
    deadlines.add({ name: 1, due: 10, place: -1 });
    deadlines.add({ name: 3, due: 1_000, place: -1 });
    clock.tick(2_000);
    assert.deepEqual(met, [1, 2]);
    assert.equal(clock.countTimers(), 0);
  });

  it('that passed while the event loop stood still give the sockets one more look', () => {
    const met: number[] = [];
    const deadlines = new Deadlines<Entry>(({ name }) => met.push(name));
    const answered: Entry = { name: 1, due: 10, place: -1 };
    deadlines.add(answered);
    deadlines.add({ name: 2, due: 20, place: -1 });
    clock.setSystemTime(0);
    clock.tick(0);
    // The timer fires 500 ms late; before it looks, the answer to the first is read.
    const { now } = performance;
    performance.now = () => now.call(performance) + 500;
    try {
      setImmediate(() => deadlines.delete(answered));
      clock.tick(10);
      clock.tick(1);
    } finally {
      performance.now = now;
    }
    assert.deepEqual(met, [2]);
  });
});
