import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import genericPool from 'generic-pool';
import connpoolGenericPool, * as ours from '../../../../lib/clients/generic-pool/index.js';

const original = genericPool as unknown as Record<string, unknown>;
const factory = { create: async () => ({}), destroy: async () => {} };

describe('connpool/generic-pool', () => {
  it('exports what generic-pool exports, by name and as a whole', () => {
    const names = Object.keys(createRequire(import.meta.url)('generic-pool'));
    for (const name of names) {
      assert.ok(name in ours, name);
      assert.equal(
        connpoolGenericPool[name as keyof typeof connpoolGenericPool],
        ours[name as keyof typeof ours],
      );
    }
  });

  it('re-exports the original Deque, PriorityQueue and DefaultEvictor', () => {
    assert.equal(ours.Deque, original.Deque);
    assert.equal(ours.PriorityQueue, original.PriorityQueue);
    assert.equal(ours.DefaultEvictor, original.DefaultEvictor);
    const deque = new ours.Deque<number>();
    deque.push(1);
    deque.unshift(0);
    assert.deepEqual([...deque], [0, 1]);
  });

  it('makes pools that are event emitters', () => {
    const pool = ours.createPool(factory);
    assert.ok(pool instanceof ours.Pool);
    assert.ok(pool instanceof EventEmitter);
  });

  it('warns of queue classes of one`s own, which the engine does not use', () => {
    const warnings: unknown[] = [];
    const { emitWarning } = process;
    process.emitWarning = (message: unknown) => void warnings.push(message);
    try {
      new ours.Pool(ours.DefaultEvictor, class {}, class {}, factory);
    } finally {
      process.emitWarning = emitWarning;
    }
    assert.deepEqual(warnings, [
      "generic-pool option 'Deque' is not used: idle resources are kept by the engine",
      "generic-pool option 'PriorityQueue' is not used: the engine queues the calls",
    ]);
  });

  it('gives out promises of the class it is told to use, kept and broken ones', async () => {
    class Fancy<T> extends Promise<T> {}
    const pool = ours.createPool(factory, { Promise: Fancy });
    const acquired = pool.acquire();
    const resource = await acquired;
    const promises = [
      acquired,
      pool.release(resource),
      pool.release(resource),
      pool.destroy(resource),
      pool.use(() => 1),
      pool.ready(),
      pool.drain(),
      pool.clear(),
      pool.acquire(),
    ];
    const outcomes = await Promise.allSettled(promises);
    assert.ok(promises.every((promise) => promise instanceof Fancy));
    const broken = outcomes.map(({ status }) => (status === 'rejected' ? 'x' : '.')).join('');
    assert.equal(broken, '..xx....x');
  });

  it('keeps no process alive by an idle pool with eviction', async () => {
    const before = process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    const pool = ours.createPool(factory, { min: 1, evictionRunIntervalMillis: 1_000 });
    const after = process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    assert.equal(after, before);
    await pool.drain();
    await pool.clear();
  });
});
