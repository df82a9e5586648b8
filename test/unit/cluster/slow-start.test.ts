import assert from 'node:assert/strict';
import { type Clock, install } from '@sinonjs/fake-timers';
import type { ClusterNode } from '../../../lib/cluster/cluster-node.js';
import { SlowStart } from '../../../lib/cluster/slow-start.js';
import { type FakeCluster, fakeCluster } from './fake-cluster.js';

const PICKS = 4_000;

describe('Slow start', () => {
  let clock: Clock;
  const systemRandom = Math.random;
  beforeEach(() => {
    clock = install();
    Math.random = seeded(7);
  });
  afterEach(() => {
    clock.uninstall();
    Math.random = systemRandom;
  });

  /** The share of the calls that a node gets. */
  async function shareOf({ cluster }: FakeCluster, id: string): Promise<number> {
    let hits = 0;
    for (let i = 0; i < PICKS; i++) if ((await cluster.do((c) => c.node)) === id) hits++;
    return hits / PICKS;
  }

  const between = (actual: number, low: number, high: number) =>
    assert.ok(actual > low - 0.03 && actual < high + 0.03, `${actual} is not between ${low} and ${high}`);

  for (const balancer of ['roundRobin', 'random', 'leastLoaded', 'weightedRandom'] as const) {
    it(`gives a new node 10 % of its share at first, and more as time goes by, under ${balancer}`, async () => {
      const fake = fakeCluster(['a'], { slowStartMs: 1_000, balancer });
      clock.tick(1_000);
      await fake.cluster.do(() => 1);
      fake.cluster.addEndpoint({ id: 'b' });
      // By weight 0.1 : 1; where balancers draw lots, passing over once makes it less.
      between(await shareOf(fake, 'b'), 0.05, 0.1 / 1.1);
      clock.tick(500);
      between(await shareOf(fake, 'b'), 0.25, 0.5 / 1.5);
      clock.tick(500);
      between(await shareOf(fake, 'b'), 0.5, 0.5);
    });
  }

  it('is relative: nodes that all start together share the calls as ever', async () => {
    const fake = fakeCluster(['a', 'b'], { slowStartMs: 1_000, balancer: 'random' });
    between(await shareOf(fake, 'a'), 0.5, 0.5);
    clock.tick(200);
    fake.cluster.addEndpoint({ id: 'c' });
    // Shares of 0.2, 0.2 and 0.1: by weight a fifth; passing over instead of weighing makes it somewhat less.
    between(await shareOf(fake, 'c'), 0.13, 0.2);
  });

  it('sends calls to a starting node when it is the only one available', async () => {
    const { cluster } = fakeCluster(['a'], { slowStartMs: 1_000, breaker: { maxFails: 1 } });
    clock.tick(2_000);
    await assert.rejects(
      cluster.do(() => Promise.reject(new Error('down'))),
      /down/,
    );
    cluster.addEndpoint({ id: 'b' });
    for (let i = 0; i < 50; i++) assert.equal(await cluster.do((c) => c.node), 'b');
  });

  it('begins anew when a node has recovered', async () => {
    const fake = fakeCluster(['a', 'b'], {
      slowStartMs: 1_000,
      breaker: { maxFails: 1, cooldownMs: 100 },
    });
    clock.tick(1_000);
    assert.equal(fake.state('b'), 'healthy');
    await assert.rejects(
      fake.cluster.do(() => Promise.reject(new Error('down')), { endpointId: 'b' }),
      /down/,
    );
    clock.tick(100);
    await fake.cluster.do(() => 1, { endpointId: 'b' });
    assert.equal(fake.state('b'), 'slow-start');
    between(await shareOf(fake, 'b'), 0.05, 0.1);
  });

  it('shows in the statistics', () => {
    const { cluster, state } = fakeCluster(['a'], { slowStartMs: 1_000 });
    const share = () => cluster.stats().nodes[0]!.trafficShare;
    assert.deepEqual([state('a'), share()], ['slow-start', 0.1]);
    clock.tick(400);
    assert.deepEqual([state('a'), share()], ['slow-start', 0.4]);
    clock.tick(600);
    assert.deepEqual([state('a'), share()], ['healthy', 1]);
  });

  it('is forgotten with the node', async () => {
    const fake = fakeCluster(['a', 'b'], { slowStartMs: 1_000 });
    clock.tick(1_000);
    await fake.cluster.removeEndpoint('b');
    fake.cluster.addEndpoint({ id: 'b' });
    assert.equal(fake.state('b'), 'slow-start');
    await fake.cluster.removeEndpoint('b');
    between(await shareOf(fake, 'a'), 1, 1);
  });

  it('costs nothing any more once every node has started', async () => {
    const slowStart = new SlowStart<string>(1_000, () => 0);
    const nodes = [{ servingSince: 0 }, { servingSince: 0 }] as ClusterNode<string>[];
    for (const node of nodes) slowStart.begin(node);
    assert.equal(slowStart.isActive, true);
    clock.tick(1_000);
    assert.equal(slowStart.admits(nodes[0]!, 2), true);
    assert.equal(slowStart.isActive, false);
  });

  it('is off by default', () => {
    const { state, cluster } = fakeCluster(['a']);
    assert.deepEqual([state('a'), cluster.stats().nodes[0]!.trafficShare], ['healthy', 1]);
  });
});

/** Mulberry32: the same sequence in every run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
