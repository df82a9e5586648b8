import assert from 'node:assert/strict';
import { type Clock, install } from '@sinonjs/fake-timers';
import { NoAvailableClientError } from '../../../lib/cluster/index.js';
import { retry } from '../../../lib/middleware/retry.js';
import { PoolExhaustedError } from '../../../lib/pool/errors.js';
import { fakeCluster, settle } from './fake-cluster.js';

const fail = (message: string) => () => Promise.reject(new Error(message));

/** What a call is refused with, and why, in words. */
async function refusal(call: Promise<unknown>): Promise<{ message: string; cause: string | undefined }> {
  const error = await call.then(
    () => assert.fail('not refused'),
    (e: unknown) => e,
  );
  assert.ok(error instanceof NoAvailableClientError, String(error));
  return { message: error.message, cause: (error.cause as Error | undefined)?.message };
}

describe('NoAvailableClientError has as its cause', () => {
  let clock: Clock;
  beforeEach(() => {
    clock = install();
  });
  afterEach(() => clock.uninstall());

  const options = { breaker: { maxFails: 1, cooldownMs: 1_000 } };

  it('what opened the breaker of the only node', async () => {
    const { cluster, source } = fakeCluster(['a'], options);
    source('a').gate = 'fail';
    await refusal(cluster.do(() => 1));
    for (const endpointId of [undefined, 'a']) {
      const { message, cause } = await refusal(cluster.do(() => 1, { endpointId }));
      assert.equal(cause, 'connection refused');
      assert.match(message, /unavailable|none of 1 nodes is available/);
      assert.match(message, /\(last error: connection refused\)/);
    }
  });

  it('what the node that failed last failed with', async () => {
    const { cluster } = fakeCluster(['a', 'b'], options);
    await assert.rejects(cluster.do(fail('b fails'), { endpointId: 'b' }));
    await assert.rejects(cluster.do(fail('a fails'), { endpointId: 'a' }));
    assert.equal((await refusal(cluster.do(() => 1))).cause, 'a fails');
    assert.equal((await refusal(cluster.do(() => 1, { endpointId: 'b' }))).cause, 'b fails');
    clock.tick(1_000);
    await assert.rejects(cluster.do(fail('b fails again'), { endpointId: 'b' }));
    await assert.rejects(cluster.do(fail('a fails again'), { endpointId: 'a' }));
    clock.tick(1_000);
    await assert.rejects(cluster.do(fail('b fails on trial'), { endpointId: 'b' }));
    const held = cluster.do(() => new Promise(() => {}), { endpointId: 'a' });
    void held;
    assert.equal((await refusal(cluster.do(() => 1))).cause, 'b fails on trial');
  });

  it('nothing of a node that has left', async () => {
    const { cluster } = fakeCluster(['a', 'b'], options);
    await assert.rejects(cluster.do(fail('b fails'), { endpointId: 'b' }));
    await assert.rejects(cluster.do(fail('a fails'), { endpointId: 'a' }));
    await cluster.removeEndpoint('a');
    assert.equal((await refusal(cluster.do(() => 1))).cause, 'b fails');
    await cluster.removeEndpoint('b');
    assert.equal((await refusal(cluster.do(() => 1))).cause, undefined);
  });

  it('nothing of a node that is well again', async () => {
    const { cluster } = fakeCluster(['a'], options);
    await assert.rejects(cluster.do(fail('a fails')));
    clock.tick(1_000);
    await cluster.do(() => 1);
    const nobody = { update() {}, pick: () => undefined };
    for (const call of [cluster.do(() => 1, { balancer: nobody }), cluster.do(() => 1, { endpointId: 'x' })])
      assert.equal((await refusal(call)).cause, undefined);
  });

  it('what a failed health check or an ejection was about', async () => {
    const { cluster } = fakeCluster(['a'], {
      healthCheck: { intervalMs: 100, check: () => Promise.reject(new Error('ill')) },
    });
    await clock.tickAsync(100);
    assert.equal((await refusal(cluster.do(() => 1))).cause, 'ill');
    await cluster.close();
    const { cluster: ejecting } = fakeCluster(['a'], {
      breaker: false,
      outlier: { consecutiveFailures: 1 },
    });
    await assert.rejects(ejecting.do(fail('a fails')));
    assert.equal((await refusal(ejecting.do(() => 1))).cause, 'a fails');
    await ejecting.close();
  });

  it('what keeps a cluster from being ready', async () => {
    const { cluster } = fakeCluster(['a'], options);
    await assert.rejects(cluster.do(fail('a fails')));
    const ready = refusal(cluster.ready({ timeoutMs: 50 }));
    await clock.tickAsync(50);
    assert.equal((await ready).cause, 'a fails');
  });

  it('what the server said to the call before, when no node is left for a retry', async () => {
    const { cluster } = fakeCluster(['a'], options);
    cluster.use(retry({ retries: 3, delayMs: 0 }));
    const call = refusal(cluster.do(fail('the answer of the server')));
    await clock.runAllAsync();
    assert.equal((await call).cause, 'the answer of the server');
  });

  it('its own last failure, also when another call met a later one', async () => {
    const { cluster } = fakeCluster(['a'], { breaker: { maxFails: 2, cooldownMs: 1_000 } });
    cluster.use(retry({ retries: 1, delayMs: 100, random: () => 0.99 }));
    const call = refusal(cluster.do(fail('mine')));
    await settle();
    const other = refusal(cluster.do(fail('theirs')));
    await clock.runAllAsync();
    assert.deepEqual([(await call).cause, (await other).cause], ['mine', 'theirs']);
  });

  it('why it got no connection before, also when another call met a failure later', async () => {
    const { cluster, source } = fakeCluster(['a'], options);
    cluster.use(retry({ retries: 1, delayMs: 100, random: () => 0.99 }));
    source('a').gate = 'fail';
    source('a').failure = new PoolExhaustedError(source('a').stats(), 10);
    const call = refusal(cluster.do(() => 1));
    await settle();
    source('a').gate = 'ok';
    const other = refusal(cluster.do(fail('theirs')));
    await clock.runAllAsync();
    assert.match((await call).cause!, /is exhausted/);
    assert.equal((await other).cause, 'theirs');
  });
});
