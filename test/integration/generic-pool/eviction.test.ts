import assert from 'node:assert/strict';
import genericPool from 'generic-pool';
import * as ours from '../../../lib/clients/generic-pool/index.js';
import { type FakeTime, fakeTime } from './fake-time.js';
import type { CreatePool, Thing } from './rig.js';
import { settle, Twins } from './twins.js';

interface AnyPoolClass {
  Pool: new (Evictor: ours.EvictorConstructor<Thing>, ...rest: unknown[]) => ReturnType<CreatePool>;
}

describe('generic-pool, the original and ours: eviction', () => {
  let clock: FakeTime;
  beforeEach(() => {
    clock = fakeTime();
  });
  afterEach(() => clock.uninstall());

  async function releaseAll(twins: Twins, count: number): Promise<void> {
    for (let n = 0; n < count; n++) await twins.step('acquire', (rig) => rig.acquire());
    for (let n = 0; n < count; n++) {
      await twins.pass(7);
      await twins.step('release', (rig) => rig.giveBack('release', 0));
    }
  }

  /** Both pools with an evictor that notes what it is asked and evicts the ids in `doomed`. */
  function withEvictor(asked: { original: string[]; ours: string[] }, doomed: Set<number>) {
    const evictorFor = (notes: string[]) =>
      class {
        evict(
          config: ours.EvictionConfig,
          { obj, state, ...times }: ours.PooledResource<Thing>,
          count: number,
        ) {
          notes.push(JSON.stringify({ id: obj.id, state, count, ...config, ...times }));
          return doomed.has(obj.id);
        }
      };
    const make =
      ({ Pool }: AnyPoolClass, notes: string[]): CreatePool =>
      (factory, options) =>
        new Pool(evictorFor(notes), ours.Deque, ours.PriorityQueue, factory, options);
    return {
      original: make(genericPool as unknown as AnyPoolClass, asked.original),
      ours: make(ours as unknown as AnyPoolClass, asked.ours),
    };
  }

  it('does nothing by itself', async () => {
    const twins = new Twins(clock, { max: 2, idleTimeoutMillis: 10 });
    await releaseAll(twins, 2);
    assert.equal(clock.countTimers(), 0);
    await twins.pass(100_000);
    assert.equal(twins.ours.pool.available, 2);
  });

  it('destroys what has been idle for idleTimeoutMillis, a few per run, and keeps min', async () => {
    const options = { max: 5, min: 1, evictionRunIntervalMillis: 10, idleTimeoutMillis: 60 };
    const twins = new Twins(clock, options);
    await settle();
    await releaseAll(twins, 5);
    for (let n = 0; n < 20; n++) await twins.pass(10);
    assert.ok(twins.log.filter((line) => line.startsWith('destroy')).length >= 5);
    assert.equal(twins.ours.pool.size, 1);
  });

  it('destroys what has been idle for softIdleTimeoutMillis only down to min', async () => {
    const options = { max: 5, min: 2, evictionRunIntervalMillis: 10, softIdleTimeoutMillis: 30, fifo: false };
    const twins = new Twins(clock, options);
    await settle();
    await releaseAll(twins, 5);
    for (let n = 0; n < 20; n++) await twins.pass(10);
    assert.equal(twins.log.filter((line) => line.startsWith('destroy')).length, 3);
    assert.equal(twins.ours.pool.size, 2);
  });

  for (const [fifo, tests] of [
    [true, 2],
    [false, 2],
    [false, 1],
  ] as const) {
    it(`asks an evictor of one's own in the same order with fifo: ${fifo}, ${tests} per run`, async () => {
      const asked: { original: string[]; ours: string[] } = { original: [], ours: [] };
      const doomed = new Set<number>();
      const options = { max: 6, fifo, evictionRunIntervalMillis: 50, numTestsPerEvictionRun: tests };
      const twins = new Twins(clock, options, {}, { create: withEvictor(asked, doomed) });
      await releaseAll(twins, 6);
      const agree = () => assert.deepEqual(asked.ours, asked.original);
      for (let n = 0; n < 4; n++) {
        await twins.pass(50);
        agree();
      }
      for (let n = 0; n < 8; n++) {
        await twins.step('acquire', (rig) => rig.acquire());
        await twins.step('release', (rig) => rig.giveBack('release', 0));
        await twins.pass(50);
        agree();
      }
      doomed.add(2).add(5);
      for (let n = 0; n < 5; n++) {
        await twins.pass(50);
        agree();
      }
      for (let n = 0; n < 6; n++) {
        await twins.step('acquire', (rig) => rig.acquire());
        await twins.pass(50);
        agree();
        if (n % 2 === 0) await twins.step('release', (rig) => rig.giveBack('release', 0));
        await twins.pass(50);
        agree();
      }
      assert.ok(asked.ours.length > 15);
      assert.ok(twins.log.includes('destroy #5'));
    });
  }

  it('evicts nothing on an answer that is merely truthy', async () => {
    const asked: { original: string[]; ours: string[] } = { original: [], ours: [] };
    const create = withEvictor(asked, { has: () => 1 } as unknown as Set<number>);
    const twins = new Twins(clock, { max: 1, evictionRunIntervalMillis: 10 }, {}, { create });
    await releaseAll(twins, 1);
    await twins.pass(100);
    assert.equal(twins.ours.pool.size, 1);
  });

  it('serves a call that waits with what takes the place of an evicted resource', async () => {
    const options = { max: 1, evictionRunIntervalMillis: 10, idleTimeoutMillis: 20 };
    const twins = new Twins(clock, options);
    await releaseAll(twins, 1);
    await twins.pass(40);
    await twins.step('acquire', (rig) => rig.acquire());
    assert.equal(twins.log.at(-1), 'acquire 2 -> #2');
  });

  it('leaves alone what was given to a waiting call right before a run', async () => {
    const asked: { original: string[]; ours: string[] } = { original: [], ours: [] };
    const create = withEvictor(asked, new Set([1]));
    const twins = new Twins(clock, { max: 1, evictionRunIntervalMillis: 10 }, {}, { create });
    await twins.step('acquire', (rig) => rig.acquire());
    await twins.step('acquire', (rig) => rig.acquire());
    for (const rig of [twins.original, twins.ours]) setTimeout(() => rig.giveBack('release', 0), 9);
    // Both timers fire with no microtask in between.
    clock.tick(10);
    await twins.pass(0);
    await twins.step('release', (rig) => rig.giveBack('release', 0));
    assert.deepEqual(asked, { original: [], ours: [] });
    assert.equal(twins.ours.pool.available, 1);
  });
});
