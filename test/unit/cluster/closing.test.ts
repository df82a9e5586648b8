import assert from 'node:assert/strict';
import { type Clock, install } from '@sinonjs/fake-timers';
import { retry } from '../../../lib/middleware/retry.js';
import { PoolClosedError } from '../../../lib/pool/errors.js';
import { fakeCluster, gate, settle } from './fake-cluster.js';

describe('Cluster.close', () => {
  let clock: Clock;
  beforeEach(() => {
    clock = install();
  });
  afterEach(() => clock.uninstall());

  it('refuses new calls and new nodes, lets calls under way end, then closes every source', async () => {
    const { cluster, source } = fakeCluster(['a', 'b']);
    const hold = gate();
    const call = cluster.do(() => hold.promise.then(() => 'done'), { endpointId: 'a' });
    await settle();
    let closed = false;
    const closing = cluster.close().then(() => {
      closed = true;
    });
    await settle();
    assert.equal(cluster.stats().state, 'closing');
    await assert.rejects(
      cluster.do(() => 1),
      { code: 'ERR_POOL_CLOSED' },
    );
    await assert.rejects(cluster.get(), { code: 'ERR_POOL_CLOSED' });
    assert.throws(() => cluster.addEndpoint({ id: 'x' }), { code: 'ERR_POOL_CLOSED' });
    assert.throws(() => cluster.addClient({ node: 'x', number: 0 }, { id: 'x' }), {
      code: 'ERR_POOL_CLOSED',
    });
    assert.equal(closed, false);
    hold.resolve();
    assert.equal(await call, 'done');
    await closing;
    assert.equal(cluster.stats().state, 'closed');
    assert.deepEqual([source('a').closeCalls, source('b').closeCalls], [[undefined], [undefined]]);
  });

  it('lets a call under way go on to further attempts', async () => {
    const { cluster } = fakeCluster(['a', 'b']);
    cluster.use(retry({ retries: 1, delayMs: 0 }));
    const hold = gate();
    const call = cluster.do(async (_client, { attempt }) => {
      if (attempt === 2) return 'second';
      await hold.promise;
      throw new Error('again');
    });
    await settle();
    const closing = cluster.close();
    hold.resolve();
    await clock.runAllAsync();
    assert.equal(await call, 'second');
    await closing;
  });

  it('cuts what still runs after timeoutMs', async () => {
    const { cluster, source } = fakeCluster(['a']);
    void cluster.do(() => new Promise(() => {}));
    await settle();
    let closed = false;
    const closing = cluster.close({ timeoutMs: 100 }).then(() => {
      closed = true;
    });
    await clock.tickAsync(99);
    assert.deepEqual([closed, source('a').closeCalls], [false, []]);
    await clock.tickAsync(1);
    await closing;
    assert.deepEqual(source('a').closeCalls, [{ timeoutMs: 0 }]);
    assert.deepEqual([cluster.stats().state, cluster.stats().cut], ['closed', 1]);
  });

  it('gives calls under way less time when a later call says so, never more', async () => {
    const { cluster } = fakeCluster(['a']);
    void cluster.do(() => new Promise(() => {}));
    await settle();
    const closing = cluster.close();
    await clock.tickAsync(60_000);
    assert.equal(cluster.close({ timeoutMs: 100 }), closing);
    void cluster.close({ timeoutMs: 500 });
    await clock.tickAsync(99);
    assert.equal(cluster.stats().state, 'closing');
    await clock.tickAsync(1);
    await closing;
    void cluster.close({ timeoutMs: 100 });
    assert.equal(clock.countTimers(), 0);
  });

  it('cuts nodes that were draining before it, and does not wait for loans made behind its back', async () => {
    const { cluster, source } = fakeCluster(['a', 'b']);
    const transport = await cluster.get({ endpointId: 'a' });
    const removal = cluster.removeEndpoint('a');
    await source('b').get();
    const removalB = cluster.removeEndpoint('b');
    await settle();
    const closing = cluster.close({ timeoutMs: 50 });
    await clock.tickAsync(50);
    await Promise.all([closing, removal, removalB]);
    assert.deepEqual([source('a').closeCalls, source('b').closeCalls], [[{ timeoutMs: 0 }], [undefined]]);
    await transport.close();
  });

  it('needs no time and leaves no timer when everything ends before timeoutMs', async () => {
    const { cluster } = fakeCluster(['a'], {
      healthCheck: { intervalMs: 10 },
      outlier: { consecutiveFailures: 1 },
      slowStartMs: 100,
    });
    await assert.rejects(
      cluster.do(() => Promise.reject(new Error('x'))),
      /x/,
    );
    await cluster.close({ timeoutMs: 1_000 });
    assert.deepEqual([clock.countTimers(), cluster.stats().cut], [0, 0]);
  });

  it('rejects a call whose nodes were cut away with a PoolClosedError', async () => {
    const { cluster, source } = fakeCluster(['a']);
    const call = cluster.do(() => 1);
    source('a').get = async () => {
      throw new Error('unused');
    };
    await call;
    const hold = gate<never>();
    source('a').get = () => hold.promise;
    const waiting = cluster.do(() => 1);
    await settle();
    const closing = cluster.close({ timeoutMs: 0 });
    await clock.tickAsync(0);
    await closing;
    hold.reject(new PoolClosedError('a'));
    await assert.rejects(waiting, { code: 'ERR_POOL_CLOSED', message: /'c'/ });
  });

  it('gives the same promise each time, refuses a bad timeoutMs, and works with await using', async () => {
    const { cluster } = fakeCluster(['a']);
    await assert.rejects(cluster.close({ timeoutMs: -1 }), {
      code: 'ERR_INVALID_OPTION',
      option: 'timeoutMs',
    });
    assert.equal(await cluster.do(() => 1), 1);
    assert.equal(cluster.close(), cluster.close({ timeoutMs: 5 }));
    await cluster[Symbol.asyncDispose]();
  });

  it('resolves and reports it when a source cannot be closed', async () => {
    const { cluster, source, events } = fakeCluster(['a', 'b']);
    source('a').closeFailure = new Error('stuck');
    await cluster.close();
    assert.ok(events.includes('closeError a'));
    assert.ok(events.includes('nodeClosed a') && events.includes('nodeClosed b'));
  });
});
