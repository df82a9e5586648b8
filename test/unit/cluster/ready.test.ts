import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { type Clock, install } from '@sinonjs/fake-timers';
import { fakeCluster, settle } from './fake-cluster.js';
import { FakeDiscovery } from './fake-discovery.js';
import { SLOW_MS } from './fake-source.js';

describe('Before the first node', () => {
  let clock: Clock;
  beforeEach(() => {
    clock = install();
  });
  afterEach(() => clock.uninstall());

  it('a call waits for the first list from discovery', async () => {
    const discovery = new FakeDiscovery();
    const { cluster } = fakeCluster([], { discovery });
    const calls = [cluster.do((c) => c.node), cluster.do((c) => c.node, { endpointId: 'b' })];
    const borrowed = cluster.get();
    await settle();
    assert.equal(cluster.stats().waiting, 3);
    discovery.give({ id: 'a' }, { id: 'b' });
    const [any, pinned] = await Promise.all(calls);
    assert.ok(any === 'a' || any === 'b');
    assert.equal(pinned, 'b');
    await (await borrowed).close();
    assert.equal(cluster.stats().waiting, 0);
  });

  it('a call that has waited leaves nothing on its signal', async () => {
    const discovery = new FakeDiscovery();
    const { cluster } = fakeCluster([], { discovery });
    const { signal } = new AbortController();
    const call = cluster.do(() => 1, { signal });
    await settle();
    discovery.give({ id: 'a' });
    await call;
    assert.deepEqual([getEventListeners(signal, 'abort').length, clock.countTimers()], [0, 0]);
  });

  it('a call waits no longer than its timeoutMs, and is told why', async () => {
    const discovery = new FakeDiscovery();
    const { cluster } = fakeCluster([], { discovery });
    const rejected = assert.rejects(
      cluster.do(() => 1, { timeoutMs: 100 }),
      {
        code: 'ERR_NO_AVAILABLE_CLIENT',
        message: /no list of endpoints from discovery yet within 100 ms.*agent unreachable/,
        cause: new Error('agent unreachable'),
      },
    );
    await settle();
    discovery.report(new Error('agent unreachable'));
    await clock.tickAsync(100);
    await rejected;
    assert.equal(cluster.stats().running, 0);
  });

  it('a call without a time limit of its own waits for 30 s', async () => {
    const { cluster } = fakeCluster([], { discovery: new FakeDiscovery() });
    const rejected = assert.rejects(
      cluster.do(() => 1),
      { code: 'ERR_NO_AVAILABLE_CLIENT' },
    );
    await clock.tickAsync(29_999);
    assert.equal(cluster.stats().waiting, 1);
    await clock.tickAsync(1);
    await rejected;
  });

  it('what the wait has used up is missing for getting the connection', async () => {
    const discovery = new FakeDiscovery();
    const { cluster, source } = fakeCluster([], { discovery });
    const call = cluster.do(() => 1, { timeoutMs: 100 });
    await clock.tickAsync(70);
    discovery.give({ id: 'a' });
    await call;
    assert.equal(source('a').gets[0]?.timeoutMs, 30);
  });

  it('a call gives up waiting when its signal aborts', async () => {
    const { cluster } = fakeCluster([], { discovery: new FakeDiscovery() });
    const controller = new AbortController();
    const call = cluster.do(() => 1, { signal: controller.signal });
    await settle();
    controller.abort(new Error('enough'));
    await assert.rejects(call, /enough/);
    assert.deepEqual([cluster.stats().waiting, clock.countTimers()], [0, 0]);
  });

  it('a call does not wait when there are nodes added by hand, or the id is not in the list', async () => {
    const discovery = new FakeDiscovery();
    const { cluster } = fakeCluster(['mine'], { discovery });
    assert.equal(await cluster.do((c) => c.node), 'mine');
    discovery.give({ id: 'a' });
    await settle();
    await assert.rejects(
      cluster.do(() => 1, { endpointId: 'x' }),
      /there is no node 'x'/,
    );
  });

  it('waiting calls reject when the cluster closes', async () => {
    const { cluster } = fakeCluster([], { discovery: new FakeDiscovery() });
    const call = assert.rejects(
      cluster.do(() => 1),
      { code: 'ERR_POOL_CLOSED' },
    );
    const ready = assert.rejects(cluster.ready(), { code: 'ERR_POOL_CLOSED' });
    await settle();
    await cluster.close();
    await Promise.all([call, ready]);
    await assert.rejects(cluster.ready(), { code: 'ERR_POOL_CLOSED' });
  });
});

describe('Cluster.ready', () => {
  let clock: Clock;
  beforeEach(() => {
    clock = install();
  });
  afterEach(() => clock.uninstall());

  it('resolves at once when a node takes calls', async () => {
    const { cluster } = fakeCluster(['a']);
    await cluster.ready();
  });

  it('resolves when the first endpoint is there', async () => {
    const discovery = new FakeDiscovery();
    const { cluster } = fakeCluster([], { discovery });
    const ready = cluster.ready({ timeoutMs: 1_000 });
    await clock.tickAsync(500);
    discovery.give({ id: 'a' });
    await ready;
    assert.equal(clock.countTimers(), 0);
  });

  it('rejects at its deadline with the reason: an empty first list', async () => {
    const discovery = new FakeDiscovery();
    const { cluster } = fakeCluster([], { discovery });
    discovery.give();
    const rejected = assert.rejects(cluster.ready({ timeoutMs: 1_000 }), {
      code: 'ERR_NO_AVAILABLE_CLIENT',
      message: /not ready within 1000 ms.*the first list is empty/,
    });
    await clock.tickAsync(1_000);
    await rejected;
  });

  it('rejects at its deadline with the reason: first connections that cannot be made', async () => {
    const { cluster } = fakeCluster(['a'], { prewarm: 1 }, 'fail');
    const rejected = assert.rejects(cluster.ready({ timeoutMs: 1_000 }), {
      message: /none of 1 nodes has its first connections.*connection refused/,
    });
    await clock.tickAsync(1_000);
    await rejected;
  });

  it('rejects at its deadline with the reason: no nodes, or none that is healthy', async () => {
    const none = fakeCluster([]);
    const tripped = fakeCluster(['a'], { breaker: { maxFails: 1 } });
    await assert.rejects(
      tripped.cluster.do(() => Promise.reject(new Error('x'))),
      /x/,
    );
    const rejected = Promise.all([
      assert.rejects(none.cluster.ready({ timeoutMs: 10 }), /there are no nodes/),
      assert.rejects(tripped.cluster.ready({ timeoutMs: 10 }), /none of 1 nodes is healthy/),
    ]);
    await clock.tickAsync(10);
    await rejected;
  });

  it('gives up with its signal, and refuses options it does not know', async () => {
    const { cluster } = fakeCluster([]);
    const controller = new AbortController();
    const ready = cluster.ready({ signal: controller.signal });
    await settle();
    controller.abort(new Error('enough'));
    await assert.rejects(ready, /enough/);
    await assert.rejects(cluster.ready({ signal: AbortSignal.abort(new Error('before')) }), /before/);
    await assert.rejects(cluster.ready({ timeout: 5 } as never), { code: 'ERR_INVALID_OPTION' });
  });
});

describe('prewarm', () => {
  let clock: Clock;
  beforeEach(() => {
    clock = install();
  });
  afterEach(() => clock.uninstall());

  it('keeps calls away from a new node until its connections stand', async () => {
    const { cluster, source, state, events } = fakeCluster(['a'], { prewarm: 3 }, 'slow');
    assert.equal(state('a'), 'warming');
    const call = cluster.do((c) => c.node);
    await settle();
    assert.equal(source('a').gets.length, 3);
    assert.equal(cluster.stats().waiting, 1);
    source('a').gate = 'ok';
    await clock.tickAsync(SLOW_MS);
    assert.equal(await call, 'a');
    assert.equal(source('a').lent, 0);
    assert.deepEqual(events, ['nodeAdded a', 'nodeReady a']);
  });

  it('asks a source that can dial ahead of need', async () => {
    const asked: number[] = [];
    const { cluster, source } = fakeCluster(['a'], { prewarm: 2 }, 'ok', (fake) => {
      Object.assign(fake, { warmUp: async (count: number) => void asked.push(count) });
    });
    await cluster.ready();
    assert.deepEqual([asked, source('a').gets.length], [[2], 0]);
  });

  it('tries again with backoff until the connections stand', async () => {
    const { cluster, source, state, events } = fakeCluster(['a'], { prewarm: 1 }, 'fail');
    await clock.tickAsync(60_000);
    const tries = source('a').gets.length;
    assert.ok(tries >= 12 && tries <= 40, `${tries} tries in a minute`);
    assert.equal(state('a'), 'warming');
    assert.equal(cluster.stats().nodes[0]!.lastError, 'connection refused');
    source('a').gate = 'ok';
    await clock.tickAsync(5_000);
    assert.equal(state('a'), 'healthy');
    assert.equal(events.filter((e) => e === 'prewarmError a').length, tries);
  });

  it('asks a node that failed for one connection, and for the others once that one stands', async () => {
    const asked: number[] = [];
    let isDead = true;
    const { cluster } = fakeCluster(['a'], { prewarm: 5 }, 'ok', (fake) => {
      const warmUp = async (count: number) => {
        asked.push(count);
        if (isDead) throw new Error('connection refused');
      };
      Object.assign(fake, { warmUp });
    });
    await clock.tickAsync(1_000);
    assert.deepEqual(new Set(asked.splice(0).slice(1)), new Set([1]));
    isDead = false;
    await clock.tickAsync(5_000);
    await cluster.ready();
    assert.deepEqual(asked, [1, 5]);
  });

  it('gives the connections it got back when one of them fails', async () => {
    const { source } = fakeCluster(['a'], { prewarm: 3 }, 'ok', (fake) => {
      const take = fake.get.bind(fake);
      fake.get = (options) =>
        fake.gets.length === 1 ? Promise.reject(fake.gets.push(options)) : take(options);
    });
    await settle();
    assert.equal(source('a').lent, 0);
  });

  it('ends when the node is removed meanwhile, and the node never takes calls', async () => {
    const { cluster, source, events } = fakeCluster(['a', 'b'], { prewarm: 1 }, 'fail');
    source('b').gate = 'slow';
    await settle();
    await cluster.removeEndpoint('a');
    await cluster.removeEndpoint('b');
    await clock.tickAsync(60_000);
    assert.ok(!events.includes('nodeReady a') && !events.includes('nodeReady b'));
    assert.equal(source('a').gets.length, 1);
    assert.equal(clock.countTimers(), 0);
  });

  it('is not needed for shared clients', async () => {
    const { cluster } = fakeCluster([], { prewarm: 2 });
    cluster.addClient({ node: 'x', number: 0 }, { id: 'x' });
    assert.equal(await cluster.do((c) => c.node), 'x');
  });

  it('of nodes that replace all others lets calls wait instead of failing', async () => {
    const discovery = new FakeDiscovery();
    const { cluster } = fakeCluster([], { prewarm: 1, discovery }, 'slow');
    discovery.give({ id: 'a' });
    await clock.tickAsync(SLOW_MS);
    discovery.give({ id: 'b' });
    await settle();
    const call = cluster.do((c) => c.node);
    await clock.tickAsync(2 * SLOW_MS);
    assert.equal(await call, 'b');
  });
});
