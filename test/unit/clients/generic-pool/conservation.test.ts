import assert from 'node:assert/strict';
import { install } from '@sinonjs/fake-timers';
import fc from 'fast-check';
import {
  createPool,
  type Factory,
  type Options,
  type Pool,
} from '../../../../lib/clients/generic-pool/index.js';

interface Thing {
  readonly id: number;
}

/** How a callback of the factory behaves when it is next called. */
type Mood = 'well' | 'late' | 'rejects' | 'throws';
const mood = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Mood>('well') },
  { weight: 1, arbitrary: fc.constantFrom<Mood>('late', 'rejects', 'throws') },
);

type Clock = ReturnType<typeof install>;

/** Keeps the books that the pool is checked against. */
class World {
  readonly pool: Pool<Thing>;
  readonly made = new Set<number>();
  readonly destroyed = new Map<number, number>();
  readonly lent = new Set<Thing>();
  readonly violations: string[] = [];
  settled = 0;
  calls = 0;
  #ids = 0;

  constructor(options: Options, moods: readonly Mood[]) {
    let turn = 0;
    const next = () => moods[turn++ % moods.length]!;
    const later = () => new Promise<void>((resolve) => setTimeout(resolve, 15));
    const behave = async (how: Mood): Promise<void> => {
      if (how === 'late') await later();
      if (how === 'rejects') throw new Error('rejected');
    };
    const act = <R>(how: Mood, result: () => R): Promise<R> => {
      if (how === 'throws') throw new Error('thrown');
      return behave(how).then(result);
    };
    const factory: Factory<Thing> = {
      create: () =>
        act(next(), () => {
          this.made.add(++this.#ids);
          return { id: this.#ids };
        }),
      destroy: ({ id }) => {
        this.destroyed.set(id, (this.destroyed.get(id) ?? 0) + 1);
        return act(next(), () => {});
      },
      validate: (thing) => {
        // Noted, not thrown: the pool would take it for a failed test.
        if (this.lent.has(thing)) this.violations.push(`#${thing.id} was validated while lent`);
        const how = next();
        return act(how === 'rejects' && this.#ids % 2 === 0 ? 'well' : how, () => how !== 'rejects');
      },
    };
    this.pool = createPool(factory, options);
  }

  acquire(priority: number): void {
    this.calls++;
    this.pool.acquire(priority).then(
      (thing) => {
        this.settled++;
        assert.ok(!this.lent.has(thing), 'lent twice');
        assert.ok(!this.destroyed.has(thing.id), 'lent when destroyed');
        this.lent.add(thing);
      },
      () => this.settled++,
    );
  }

  giveBack(how: 'release' | 'destroy', n: number): void {
    const thing = [...this.lent][n % this.lent.size];
    if (thing === undefined) return;
    this.lent.delete(thing);
    void this.pool[how](thing);
  }

  check(): void {
    const { size, available, borrowed, pending, spareResourceCapacity, max } = this.pool;
    assert.deepEqual(this.violations, []);
    assert.equal(borrowed, this.lent.size);
    assert.equal(pending, this.calls - this.settled);
    assert.ok(size <= max && spareResourceCapacity === max - size, `size ${size} of ${max}`);
    assert.ok(available + borrowed <= size);
  }

  async end(clock: Clock): Promise<void> {
    while (this.lent.size > 0 || this.pool.pending > 0) {
      this.giveBack('release', 0);
      await clock.tickAsync(20);
    }
    const drained = this.pool.drain();
    await clock.tickAsync(50);
    await drained;
    assert.equal(this.settled, this.calls);
    assert.equal(this.pool.available, this.pool.size);
    assert.equal(this.pool.size, [...this.made].filter((id) => !this.destroyed.has(id)).length);
    const cleared = this.pool.clear();
    await clock.tickAsync(50);
    await cleared;
    assert.equal(this.pool.size, 0);
    for (const id of this.made) assert.equal(this.destroyed.get(id), 1, `times #${id} was destroyed`);
    assert.equal(clock.countTimers(), 0);
  }
}

const options: fc.Arbitrary<Options> = fc.record({
  max: fc.integer({ min: 1, max: 4 }),
  min: fc.integer({ min: 0, max: 3 }),
  testOnBorrow: fc.boolean(),
  testOnReturn: fc.boolean(),
  fifo: fc.boolean(),
  priorityRange: fc.integer({ min: 1, max: 2 }),
  acquireTimeoutMillis: fc.constantFrom(0, 40),
  destroyTimeoutMillis: fc.constantFrom(0, 10),
  evictionRunIntervalMillis: fc.constantFrom(0, 25),
  idleTimeoutMillis: fc.constantFrom(30, 10_000),
});

const steps = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.nat(2).map((p) => (world: World) => world.acquire(p)) },
    { weight: 4, arbitrary: fc.nat(5).map((n) => (world: World) => world.giveBack('release', n)) },
    { weight: 1, arbitrary: fc.nat(5).map((n) => (world: World) => world.giveBack('destroy', n)) },
    { weight: 1, arbitrary: fc.constant((world: World) => void world.pool.clear()) },
  ),
  { minLength: 5, maxLength: 40 },
);

describe('a generic-pool on a factory that fails in every way', function () {
  this.timeout(60_000);

  it('loses nothing, shares nothing, destroys everything once and settles every call', async () => {
    await fc.assert(
      fc.asyncProperty(
        options,
        steps,
        fc.array(mood, { minLength: 1, maxLength: 20 }),
        fc.array(fc.nat(20)),
        run,
      ),
      { seed: 4_711, numRuns: 300 },
    );
  });

  async function run(given: Options, sequence: ((world: World) => void)[], moods: Mood[], pauses: number[]) {
    const clock = install({ toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] });
    try {
      // Not all of them fail, or nothing would ever be served.
      const world = new World(given, [...moods, 'well', 'well']);
      for (const [n, step] of sequence.entries()) {
        step(world);
        await clock.tickAsync(pauses[n] ?? 0);
        world.check();
      }
      await world.end(clock);
    } finally {
      clock.uninstall();
    }
  }
});
