import assert from 'node:assert/strict';
import type { Call } from '../../../lib/middleware/middleware.js';
import { fakeCluster, gate, settle } from './fake-cluster.js';

/** A cluster that answers from a cache at once and refreshes it later, when it is let go. */
function caching(ids: readonly string[]) {
  const fake = fakeCluster(ids, { breaker: { maxFails: 3, cooldownMs: 60_000 } });
  const hold = gate();
  const refreshed: unknown[] = [];
  fake.cluster.use((call: Call, next) => {
    if (call.method !== 'cached') return next();
    void hold.promise.then(next).then(
      (value) => refreshed.push(value),
      (error: Error & { code?: string }) => refreshed.push(error.code ?? error.message),
    );
    return Promise.resolve('from the cache');
  });
  return { ...fake, refreshed, letGo: hold.resolve };
}

const CACHED = { method: 'cached' };

describe('A next() that middleware runs after its own promise has settled', () => {
  it('is a stay at a node that counts', async () => {
    const { cluster, letGo, inFlight } = caching(['a']);
    const seen: number[] = [];
    for (let i = 0; i < 3; i++) {
      const call = cluster.do(() => {
        seen.push(inFlight());
        throw new Error('down');
      }, CACHED);
      assert.equal(await call, 'from the cache');
    }
    assert.equal(inFlight(), 0);
    letGo();
    await settle();
    const [node] = cluster.stats().nodes;
    assert.deepEqual([node!.calls, node!.failures, node!.breaker], [3, 3, 'open']);
    assert.ok(seen.every((count) => count > 0));
    assert.equal(inFlight(), 0);
  });

  it('does not run at a node that takes no more calls', async () => {
    const { cluster, letGo, refreshed } = caching(['a']);
    await cluster.do(() => assert.fail('ran'), CACHED);
    for (let i = 0; i < 3; i++)
      await assert.rejects(
        cluster.do(() => Promise.reject(new Error('down'))),
        /down/,
      );
    letGo();
    await settle();
    assert.deepEqual(refreshed, ['ERR_NO_AVAILABLE_CLIENT']);
  });

  it('is waited for when its node is removed, and goes to another one when it was', async () => {
    const { cluster, letGo, refreshed } = caching(['a', 'b']);
    await cluster.do(({ node }) => node, CACHED);
    await cluster.removeEndpoint('a');
    const hold = gate();
    await cluster.do(() => hold.promise.then(() => 'slowly'), CACHED);
    letGo();
    await settle();
    assert.deepEqual(refreshed, ['b']);
    let removed = false;
    const removal = cluster.removeEndpoint('b').then(() => {
      removed = true;
    });
    await settle();
    assert.equal(removed, false);
    hold.resolve();
    await removal;
    assert.deepEqual(refreshed, ['b', 'slowly']);
  });

  it('is refused once the cluster is closed', async () => {
    const { cluster, letGo, refreshed } = caching(['a']);
    await cluster.do(() => assert.fail('ran'), CACHED);
    await cluster.close();
    letGo();
    await settle();
    assert.deepEqual(refreshed, ['ERR_POOL_CLOSED']);
  });
});
