import assert from 'node:assert/strict';
import { type Clock, install } from '@sinonjs/fake-timers';
import { fakeCluster, gate, settle } from './fake-cluster.js';
import { SLOW_MS } from './fake-source.js';
import { HELD, holding } from './holding-cluster.js';

const nodeOf = (client: { node: string }) => client.node;
const fail = () => Promise.reject(new Error('down'));

/** A cluster whose middleware holds calls back, then starts two attempts; node b warms up slowly, then fails. */
function fakeHeldTwice() {
  const fake = fakeCluster(['a'], { prewarm: 1 }, 'ok', (source) => {
    if (source.name === 'b') source.gate = 'slow';
  });
  const hold = gate();
  fake.cluster.on('nodeReady', ({ id }) => {
    fake.source(id).gate = 'fail';
  });
  fake.cluster.use(async (_call, next) => {
    await hold.promise;
    const both = await Promise.allSettled([next(), next()]);
    return both.map((one) => one.status === 'rejected' && one.reason.code);
  });
  return { ...fake, letGo: hold.resolve };
}

describe('A call that middleware keeps waiting', () => {
  let clock: Clock;
  beforeEach(() => {
    clock = install();
  });
  afterEach(() => clock.uninstall());

  it('stays at its node when nothing has happened to it', async () => {
    const { cluster, letGo, seen, inFlight } = holding(['a', 'b']);
    const call = cluster.do(nodeOf, HELD);
    await settle();
    assert.equal(inFlight(), 1);
    letGo();
    assert.equal(await call, 'a');
    assert.deepEqual(seen, ['a', 'a']);
  });

  it('moves on when the breaker of its node opened, and its middleware sees where it went', async () => {
    const { cluster, source, letGo, seen, inFlight } = holding(['a', 'b']);
    const call = cluster.do(nodeOf, HELD);
    await assert.rejects(cluster.do(fail), /down/);
    seen.length = 0;
    letGo();
    assert.equal(await call, 'b');
    assert.deepEqual(seen, ['b']);
    assert.deepEqual([source('a').gets.length, source('b').gets.length], [1, 1]);
    assert.equal(inFlight(), 0);
  });

  it('says nothing about the node it left', async () => {
    const { cluster, letGo, state } = holding(['a', 'b']);
    const call = cluster.do(nodeOf, HELD);
    await assert.rejects(cluster.do(fail), /down/);
    letGo();
    await call;
    const [a, b] = cluster.stats().nodes;
    assert.deepEqual([a!.calls, a!.failures, b!.calls, state('a')], [1, 1, 1, 'open']);
  });

  it('moves on when its node was removed, which ends only then', async () => {
    const { cluster, source, letGo, events } = holding(['a', 'b']);
    const call = cluster.do(nodeOf, HELD);
    await settle();
    const removal = cluster.removeEndpoint('a');
    await settle();
    assert.equal(source('a').closeCalls.length, 0);
    letGo();
    assert.equal(await call, 'b');
    await removal;
    assert.equal(source('a').gets.length, 0);
    assert.deepEqual(events.slice(-2), ['nodeRemoved a', 'nodeClosed a']);
  });

  it('knows a shared client of the node it moved to', async () => {
    const { cluster, letGo } = holding([]);
    for (const id of ['a', 'b']) cluster.addClient({ node: id, number: 0 }, { id });
    let client: unknown;
    cluster.use(async (call, next) => {
      const result = await next();
      client = call.client;
      return result;
    });
    const call = cluster.do(nodeOf, HELD);
    await settle();
    const removal = cluster.removeEndpoint('a');
    letGo();
    assert.equal(await call, 'b');
    assert.deepEqual(client, { node: 'b', number: 0 });
    await removal;
  });

  it('moves on when its node failed a health check', async () => {
    const { cluster, letGo, state } = holding(['a', 'b'], {
      healthCheck: { intervalMs: 100, check: ({ id }) => id !== 'a' },
    });
    const call = cluster.do(nodeOf, HELD);
    await clock.tickAsync(100);
    assert.equal(state('a'), 'unhealthy');
    letGo();
    assert.equal(await call, 'b');
    await cluster.close();
  });

  it('moves on when its node was ejected', async () => {
    const { cluster, letGo, state } = holding(['a', 'b'], {
      breaker: false,
      outlier: { consecutiveFailures: 1 },
    });
    const call = cluster.do(nodeOf, HELD);
    await assert.rejects(cluster.do(fail), /down/);
    assert.equal(state('a'), 'ejected');
    letGo();
    assert.equal(await call, 'b');
    await cluster.close();
  });

  it('stays in panic, when health is no longer looked at', async () => {
    const { cluster, letGo } = holding(['a', 'b'], { panicThreshold: 1 });
    const call = cluster.do(nodeOf, HELD);
    await assert.rejects(cluster.do(fail), /down/);
    letGo();
    assert.equal(await call, 'a');
  });

  it('moves on when it came in panic, the panic is over and its node still open', async () => {
    const { cluster, letGo } = holding(['a', 'b'], { panicThreshold: 0.5 });
    await assert.rejects(cluster.do(fail, { endpointId: 'a' }), /down/);
    await assert.rejects(cluster.do(fail, { endpointId: 'b' }), /down/);
    const call = cluster.do(nodeOf, HELD);
    cluster.addEndpoint({ id: 'c' });
    cluster.addEndpoint({ id: 'd' });
    letGo();
    assert.equal(await call, 'c');
  });

  it('moves on again from a node that gives no connection, each at most once', async () => {
    const { cluster, source, letGo, inFlight } = holding(['a', 'b', 'c']);
    const call = cluster.do(nodeOf, HELD);
    await assert.rejects(cluster.do(fail), /down/);
    source('b').gate = 'fail';
    source('c').gate = 'fail';
    letGo();
    await assert.rejects(call, { code: 'ERR_NO_AVAILABLE_CLIENT', message: /2 nodes gave no connection/ });
    assert.deepEqual(
      ['a', 'b', 'c'].map((id) => source(id).gets.length),
      [1, 1, 1],
    );
    assert.equal(inFlight(), 0);
  });

  it('rejects when no other node is left, and was sent nowhere', async () => {
    const { cluster, source, letGo, inFlight } = holding(['a']);
    const call = cluster.do(nodeOf, HELD);
    await assert.rejects(cluster.do(fail), /down/);
    letGo();
    await assert.rejects(call, { code: 'ERR_NO_AVAILABLE_CLIENT', message: /none of 1 nodes is available/ });
    assert.equal(source('a').gets.length, 1);
    assert.equal(inFlight(), 0);
    assert.equal(cluster.stats().rejected, 1);
  });

  it('rejects when it is pinned to a node that left, and goes to a new one of that id', async () => {
    const { cluster, source, letGo } = holding(['a', 'b']);
    const pinnedToB = cluster.do(nodeOf, { ...HELD, endpointId: 'b' });
    const pinnedToA = cluster.do(nodeOf, { ...HELD, endpointId: 'a' });
    await settle();
    const old = source('a');
    const removals = [cluster.removeEndpoint('a'), cluster.removeEndpoint('b')];
    cluster.addEndpoint({ id: 'a' });
    letGo();
    assert.equal(await pinnedToA, 'a');
    assert.deepEqual([old.gets.length, source('a').gets.length], [0, 1]);
    await assert.rejects(pinnedToB, {
      code: 'ERR_NO_AVAILABLE_CLIENT',
      message: /there is no node 'b'/,
    });
    await Promise.all(removals);
  });

  it('waits for the successor of its node, as a new call would', async () => {
    const { cluster, source, letGo } = holding(['a'], { prewarm: 1 });
    await cluster.ready();
    const call = cluster.do(nodeOf, HELD);
    await settle();
    const removal = cluster.removeEndpoint('a');
    cluster.addEndpoint({ id: 'b' });
    letGo();
    assert.equal(await call, 'b');
    await removal;
    assert.equal(source('a').lent, 0);
  });

  it('gives that wait up with its signal, also one that middleware set', async () => {
    const { cluster, letGo, inFlight } = holding(['a'], { prewarm: 1 }, (source) => {
      if (source.name === 'b') source.gate = 'never';
    });
    await cluster.ready();
    const controller = new AbortController();
    cluster.use((call, next) => {
      call.signal = controller.signal;
      return next();
    });
    const call = cluster.do(nodeOf, { ...HELD, timeoutMs: 0 });
    await settle();
    const removal = cluster.removeEndpoint('a');
    cluster.addEndpoint({ id: 'b' });
    letGo();
    await settle();
    assert.equal(cluster.stats().waiting, 1);
    controller.abort(new Error('enough'));
    await assert.rejects(call, /enough/);
    assert.deepEqual([inFlight(), cluster.stats().waiting], [0, 0]);
    await removal;
  });

  it('goes to the node it waited for once, also when another attempt has begun meanwhile', async () => {
    const { cluster, source, letGo } = fakeHeldTwice();
    await cluster.ready();
    const call = cluster.do(nodeOf);
    await settle();
    const removal = cluster.removeEndpoint('a');
    cluster.addEndpoint({ id: 'b' });
    letGo();
    await clock.tickAsync(SLOW_MS);
    assert.deepEqual(await call, ['ERR_NO_AVAILABLE_CLIENT', 'ERR_NO_AVAILABLE_CLIENT']);
    // One to warm up, one for the call.
    assert.equal(source('b').gets.length, 2);
    await removal;
  });

  it('rejects as closed when the cluster was closed over it', async () => {
    const { cluster, source, letGo } = holding(['a', 'b']);
    const call = assert.rejects(cluster.do(nodeOf, HELD), { code: 'ERR_POOL_CLOSED' });
    await settle();
    const closing = cluster.close({ timeoutMs: 100 });
    await clock.tickAsync(100);
    await closing;
    await call;
    letGo();
    await settle();
    assert.deepEqual([source('a').gets.length, source('b').gets.length], [0, 0]);
  });

  it('is served in a cluster that closes but waits for it', async () => {
    const { cluster, letGo } = holding(['a', 'b']);
    const call = cluster.do(nodeOf, HELD);
    await assert.rejects(cluster.do(fail), /down/);
    const closing = cluster.close();
    letGo();
    assert.equal(await call, 'b');
    await closing;
  });
});
