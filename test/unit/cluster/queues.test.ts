import assert from 'node:assert/strict';
import { type Clock, install } from '@sinonjs/fake-timers';
import type { ClusterOptions } from '../../../lib/cluster/index.js';
import { bulkhead } from '../../../lib/middleware/bulkhead.js';
import { rateLimit } from '../../../lib/middleware/rate-limit.js';
import { fakeCluster, gate, settle } from './fake-cluster.js';
import type { FakeClient } from './fake-source.js';
import { HELD, type Held, holding } from './holding-cluster.js';

const nodeOf = (client: { node: string }) => client.node;
const fail = () => Promise.reject(new Error('down'));

describe('A call on trial that middleware keeps waiting', () => {
  let clock: Clock;
  beforeEach(() => {
    clock = install();
  });
  afterEach(() => clock.uninstall());

  /** Node a is open and its cooldown over. */
  async function tripped(ids: readonly string[], options: ClusterOptions<FakeClient> = {}): Promise<Held> {
    const fake = holding(ids, options);
    await assert.rejects(fake.cluster.do(fail, { endpointId: 'a' }), /down/);
    clock.tick(1_000);
    return fake;
  }

  it('is still the trial: nobody else comes in, and it decides', async () => {
    const { cluster, letGo, state } = await tripped(['a']);
    const trial = cluster.do(nodeOf, HELD);
    await settle();
    assert.equal(state('a'), 'half-open');
    await assert.rejects(cluster.do(nodeOf), { code: 'ERR_NO_AVAILABLE_CLIENT' });
    letGo();
    assert.equal(await trial, 'a');
    assert.equal(state('a'), 'healthy');
  });

  it('frees the trial when it has to move on', async () => {
    let isWell = false;
    const { cluster, letGo, state } = await tripped(['a', 'b'], {
      healthCheck: { intervalMs: 100, check: ({ id }) => id !== 'a' || isWell },
    });
    const trial = cluster.do(nodeOf, HELD);
    await clock.tickAsync(100);
    assert.equal(state('a'), 'unhealthy');
    letGo();
    assert.equal(await trial, 'b');
    isWell = true;
    await clock.tickAsync(200);
    assert.equal(state('a'), 'open');
    assert.equal(await cluster.do(nodeOf), 'a');
    assert.equal(state('a'), 'healthy');
    await cluster.close();
  });

  it('is not joined by a call from before the breaker opened', async () => {
    const { cluster, source, letGo, state } = holding(['a', 'b']);
    const before = cluster.do(nodeOf, HELD);
    await assert.rejects(cluster.do(fail), /down/);
    clock.tick(1_000);
    const end = gate<string>();
    const trial = cluster.do(() => end.promise);
    await settle();
    assert.equal(state('a'), 'half-open');
    letGo();
    assert.equal(await before, 'b');
    assert.equal(source('a').gets.length, 2);
    end.resolve('tried');
    assert.equal(await trial, 'tried');
  });

  it('becomes the trial itself when it waited past the cooldown, and counts', async () => {
    const { cluster, letGo, state, events } = holding(['a']);
    const call = cluster.do(fail, HELD);
    await assert.rejects(cluster.do(fail), /down/);
    clock.tick(1_000);
    letGo();
    await assert.rejects(call, /down/);
    assert.equal(state('a'), 'open');
    assert.deepEqual(events.slice(2), ['breakerOpen a', 'breakerHalfOpen a', 'breakerOpen a']);
  });

  it('counts at a node whose breaker opened and closed again meanwhile', async () => {
    const { cluster, letGo, state } = holding(['a']);
    const call = cluster.do(fail, HELD);
    await assert.rejects(cluster.do(fail), /down/);
    clock.tick(1_000);
    await cluster.do(nodeOf);
    assert.equal(state('a'), 'healthy');
    letGo();
    await assert.rejects(call, /down/);
    assert.equal(state('a'), 'open');
  });
});

describe('A queue before a node that fails', () => {
  let clock: Clock;
  beforeEach(() => {
    clock = install();
  });
  afterEach(() => clock.uninstall());

  it('in a bulkhead: no more calls reach the node than open its breaker', async () => {
    const { cluster, source } = fakeCluster(['a', 'b']);
    cluster.use(bulkhead({ maxConcurrent: 1, maxWaiting: 100 }));
    source('a').gate = 'fail';
    const calls = Array.from({ length: 40 }, () => cluster.do(nodeOf));
    assert.deepEqual(new Set(await Promise.all(calls)), new Set(['b']));
    assert.equal(source('a').gets.length, 3);
  });

  it('in a rate limit: calls that wait for a token leave a removed node alone', async () => {
    const { cluster, source } = fakeCluster(['a', 'b']);
    cluster.use(rateLimit({ perSecond: 10, burst: 1, timeoutMs: 10_000 }));
    const calls = Array.from({ length: 10 }, () => cluster.do(nodeOf));
    await settle();
    const before = source('a').gets.length;
    const removal = cluster.removeEndpoint('a');
    await clock.tickAsync(2_000);
    await removal;
    await Promise.all(calls);
    assert.equal(source('a').gets.length, before);
  });

  it('is spread over the nodes by calls in flight, wherever the calls moved', async () => {
    for (const balancer of ['leastLoaded', 'consistentHash'] as const) {
      const { cluster, letGo, inFlight } = holding(['a', 'b', 'c'], { balancer });
      const end = gate();
      const calls = Array.from({ length: 30 }, (_, i) =>
        cluster.do(() => end.promise, { ...HELD, hashKey: `key ${i}` }),
      );
      await settle();
      await assert.rejects(cluster.do(fail, { endpointId: 'a' }), /down/);
      letGo();
      await settle();
      assert.equal(inFlight(), 30);
      const [a, b, c] = cluster.stats().nodes.map((node) => node.inFlight);
      assert.equal(a, 0);
      assert.ok(Math.abs(b! - c!) <= 10, `${balancer}: ${b} and ${c}`);
      end.resolve();
      await Promise.all(calls);
      assert.equal(inFlight(), 0);
    }
  });

  it('is accounted for also when a call comes to its next() after it was over', async () => {
    const { cluster, inFlight } = fakeCluster(['a']);
    const seen: number[] = [];
    const late = gate();
    let ran: Promise<unknown> | undefined;
    cluster.use(async (_call, next) => {
      ran = late.promise.then(next);
      return 'from a cache';
    });
    assert.equal(await cluster.do(() => seen.push(inFlight())), 'from a cache');
    assert.equal(inFlight(), 0);
    late.resolve();
    await ran;
    assert.deepEqual([...seen, inFlight()], [1, 0]);
  });
});
