import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { type Clock, install } from '@sinonjs/fake-timers';
import { Cluster } from '../../../lib/cluster/index.js';
import type { Call } from '../../../lib/middleware/middleware.js';
import { retry } from '../../../lib/middleware/retry.js';
import { timeout } from '../../../lib/middleware/timeout.js';
import { ConnPool } from '../../../lib/pool/index.js';
import { fakeCluster, gate, settle } from './fake-cluster.js';

const never = () => new Promise<never>(() => {});
const TIMED_OUT = { code: 'ERR_CALL_TIMEOUT' };

/** One node, whose breaker opens at the first failure, on a pool; every call may take 20 ms. */
function timedPool(maxActive: number, dial: () => object | Promise<object> = () => ({})) {
  const cluster = new Cluster<object>({
    breaker: { maxFails: 1 },
    connect: () => new ConnPool<object>({ maxActive, dial, close() {} }),
  });
  cluster.addEndpoint({ id: 'a' });
  cluster.use(timeout({ timeoutMs: 20 }));
  return { cluster, node: () => cluster.stats().nodes[0]! };
}

describe('A call that the timeout middleware gives up', () => {
  let clock: Clock;
  beforeEach(() => {
    clock = install();
  });
  afterEach(() => clock.uninstall());

  it('says nothing about its node while it stands in line for a connection', async () => {
    const { cluster, node } = timedPool(1);
    const held = await cluster.get();
    const calls = [1, 2, 3].map(() => assert.rejects(cluster.do(never), TIMED_OUT));
    await clock.tickAsync(20);
    await Promise.all(calls);
    assert.deepEqual([node().breaker, node().calls], ['closed', 0]);
    await held.close();
    await cluster.close();
  });

  it('says nothing while somebody else has a dial under way and there is a line', async () => {
    const { promise, resolve } = gate<object>();
    let dials = 0;
    const { cluster, node } = timedPool(2, () => (++dials === 1 ? {} : promise));
    const held = await cluster.get();
    const patient = [1, 2, 3].map(() => cluster.get());
    const call = assert.rejects(cluster.do(never), TIMED_OUT);
    await clock.tickAsync(20);
    await call;
    assert.deepEqual([node().source.dialing, node().breaker], [1, 'closed']);
    resolve({});
    await held.close();
    for (const transport of patient) await (await transport).close();
    await cluster.close();
  });

  it('blames its node while it waits for a dial', async () => {
    const { cluster, node } = timedPool(1, never);
    const call = assert.rejects(cluster.do(never), TIMED_OUT);
    await clock.tickAsync(20);
    await call;
    assert.equal(node().breaker, 'open');
    await Promise.all([cluster.close(), clock.runAllAsync()]);
  });

  it('blames its node for a dial that another call has asked for, while nobody has a connection', async () => {
    const { cluster, node } = timedPool(1, never);
    const controller = new AbortController();
    const first = assert.rejects(cluster.do(never, { signal: controller.signal }), /enough/);
    await settle();
    controller.abort(new Error('enough'));
    await first;
    assert.equal(node().breaker, 'closed');
    const second = assert.rejects(cluster.do(never), TIMED_OUT);
    await clock.tickAsync(20);
    await second;
    assert.equal(node().breaker, 'open');
    await Promise.all([cluster.close(), clock.runAllAsync()]);
  });

  it('blames its node for a dial that a whole line waits for, while nobody has a connection', async () => {
    const { cluster, node } = timedPool(1, never);
    const patient = [1, 2].map(() => assert.rejects(cluster.get()));
    const call = assert.rejects(cluster.do(never), TIMED_OUT);
    await clock.tickAsync(20);
    await call;
    assert.deepEqual([node().source.waiting, node().breaker], [1, 'open']);
    await Promise.all([cluster.close(), clock.runAllAsync(), ...patient]);
  });

  it('blames its node for its own dial, while others have connections', async () => {
    let dials = 0;
    const { cluster, node } = timedPool(2, () => (++dials === 1 ? {} : never()));
    const held = await cluster.get();
    const call = assert.rejects(cluster.do(never), TIMED_OUT);
    await clock.tickAsync(20);
    await call;
    assert.deepEqual([node().source.inUse, node().breaker], [1, 'open']);
    await held.close();
    await Promise.all([cluster.close(), clock.runAllAsync()]);
  });

  it('blames its node while the function runs', async () => {
    const { cluster, node } = timedPool(1);
    const call = assert.rejects(cluster.do(never), TIMED_OUT);
    await clock.tickAsync(20);
    await call;
    assert.equal(node().breaker, 'open');
    await cluster.close();
  });

  it('says nothing when its source cannot tell what it was waiting for', async () => {
    const { cluster, source, state } = fakeCluster(['a'], { breaker: { maxFails: 1 } }, 'never');
    cluster.use(timeout({ timeoutMs: 20 }));
    const stats = source('a').stats;
    source('a').stats = () => {
      throw new Error('bug');
    };
    const call = assert.rejects(cluster.do(never), TIMED_OUT);
    await clock.tickAsync(20);
    await call;
    source('a').stats = stats;
    assert.equal(state('a'), 'healthy');
  });
});

describe('A call that its caller gives up', () => {
  let clock: Clock;
  beforeEach(() => {
    clock = install();
  });
  afterEach(() => clock.uninstall());

  it("says nothing about its node when the caller's signal is that of another call that ran out of time", async () => {
    const { cluster: inner, state: innerState } = fakeCluster(['in'], { breaker: { maxFails: 1 } });
    const { cluster: outer, state: outerState } = fakeCluster(['out'], { breaker: { maxFails: 1 } });
    outer.use(timeout({ timeoutMs: 20 }));
    const call = assert.rejects(
      outer.do((_client, { signal }) => inner.do(never, { signal })),
      TIMED_OUT,
    );
    await clock.tickAsync(20);
    await call;
    await settle();
    assert.deepEqual([innerState('in'), outerState('out')], ['healthy', 'open']);
  });

  it('says nothing either when timeouts of both calls are in use, and the outer one is shorter', async () => {
    const { cluster: inner, state } = fakeCluster(['in'], { breaker: { maxFails: 1 } });
    const { cluster: outer } = fakeCluster(['out']);
    inner.use(timeout({ timeoutMs: 30 }));
    outer.use(timeout({ timeoutMs: 20 }));
    const nested = () => outer.do((_client, { signal }) => inner.do(never, { signal }));
    const call = assert.rejects(nested(), { ...TIMED_OUT, timeoutMs: 20 });
    await clock.tickAsync(20);
    await call;
    await settle();
    assert.equal(state('in'), 'healthy');
  });

  it('blames its node when its own time limit is the shorter one', async () => {
    const { cluster: inner, state } = fakeCluster(['in'], { breaker: { maxFails: 1 } });
    const { cluster: outer } = fakeCluster(['out']);
    inner.use(timeout({ timeoutMs: 10 }));
    outer.use(timeout({ timeoutMs: 20 }));
    const nested = () => outer.do((_client, { signal }) => inner.do(never, { signal }));
    const call = assert.rejects(nested(), { ...TIMED_OUT, timeoutMs: 10 });
    await clock.tickAsync(20);
    await call;
    assert.equal(state('in'), 'open');
  });
});

describe("A caller's signal bounds the call even when middleware put another in its place", () => {
  const other = new AbortController().signal;
  const listeners = (signal: AbortSignal) => getEventListeners(signal, 'abort').length;

  /** A cluster whose middleware waits, then replaces the signal. */
  const replacing = (replacement: AbortSignal | undefined = other) => {
    const fake = fakeCluster(['a']);
    const hold = gate();
    fake.cluster.use(async (call, next) => {
      call.signal = replacement;
      await hold.promise;
      return next();
    });
    return { ...fake, letGo: hold.resolve };
  };

  for (const [what, replacement] of [
    ['another signal', other],
    ['none', undefined],
  ] as const) {
    it(`before the function runs (${what})`, async () => {
      const { cluster, source, letGo } = replacing(replacement);
      const controller = new AbortController();
      const call = cluster.do(() => assert.fail('the function ran'), { signal: controller.signal });
      await settle();
      controller.abort(new Error('enough'));
      await assert.rejects(call, /enough/);
      letGo();
      await settle();
      assert.equal(source('a').gets.length, 0);
    });

    it(`while it runs (${what})`, async () => {
      const { cluster, source, inFlight, letGo } = replacing(replacement);
      const controller = new AbortController();
      const call = cluster.do(never, { signal: controller.signal });
      letGo();
      await settle();
      assert.equal(source('a').lent, 1);
      controller.abort(new Error('enough'));
      await assert.rejects(call, /enough/);
      await settle();
      assert.deepEqual([source('a').lent, source('a').broken, inFlight()], [0, 1, 0]);
      assert.deepEqual([listeners(controller.signal), listeners(other)], [0, 0]);
    });
  }

  it('while it waits for a connection', async () => {
    const { cluster, source, inFlight, letGo } = replacing();
    source('a').gate = 'never';
    const controller = new AbortController();
    const call = cluster.do(never, { signal: controller.signal });
    letGo();
    await settle();
    assert.equal(inFlight(), 1);
    controller.abort(new Error('enough'));
    await assert.rejects(call, /enough/);
    await settle();
    assert.equal(inFlight(), 0);
    assert.deepEqual([listeners(controller.signal), listeners(other)], [0, 0]);
  });

  it('and the new one bounds the attempt too', async () => {
    const second = new AbortController();
    const { cluster, source, letGo } = replacing(second.signal);
    const controller = new AbortController();
    const call = cluster.do(never, { signal: controller.signal });
    letGo();
    await settle();
    second.abort(new Error('given up inside'));
    await assert.rejects(call, /given up inside/);
    assert.equal(source('a').lent, 0);
    assert.equal(listeners(controller.signal), 0);
  });

  it('and the function is given the signal of its middleware, or else its own', async () => {
    const { signal } = new AbortController();
    const { cluster, letGo } = replacing();
    letGo();
    const signalOf = (_client: unknown, call: Call) => call.signal;
    assert.equal(await cluster.do(signalOf, { signal }), other);
    assert.deepEqual([listeners(signal), listeners(other)], [0, 0]);
    const { cluster: plain } = fakeCluster(['a']);
    plain.use(retry());
    assert.equal(await plain.do(signalOf, { signal }), signal);
    assert.equal(await plain.do(signalOf), undefined);
  });
});
