import assert from 'node:assert/strict';
import { type Clock, install } from '@sinonjs/fake-timers';
import type { ClusterOptions } from '../../../lib/cluster/index.js';
import { fakeCluster, gate, settle } from './fake-cluster.js';
import type { FakeClient } from './fake-source.js';

const fail = () => Promise.reject(new Error('down'));
const NAMES = ['a', 'b', 'c', 'd'];

describe('Outlier ejection', () => {
  let clock: Clock;
  beforeEach(() => {
    clock = install();
  });
  afterEach(() => clock.uninstall());

  const ejecting = (ids: readonly string[], options: ClusterOptions<FakeClient> = {}) => {
    const fake = fakeCluster(ids, { breaker: false, outlier: {}, ...options });
    const failAt = async (id: string, times: number) => {
      for (let i = 0; i < times; i++) await assert.rejects(fake.cluster.do(fail, { endpointId: id }), /down/);
    };
    return { ...fake, failAt };
  };

  it('takes a node out after 5 failures in a row, for 30 s, by default', async () => {
    const { cluster, state, failAt, events } = ejecting(NAMES);
    await failAt('a', 4);
    await cluster.do(() => 1, { endpointId: 'a' });
    await failAt('a', 4);
    assert.equal(state('a'), 'healthy');
    await failAt('a', 1);
    assert.equal(state('a'), 'ejected');
    for (let i = 0; i < 8; i++) assert.notEqual(await cluster.do((c) => c.node), 'a');
    await clock.tickAsync(29_999);
    assert.equal(state('a'), 'ejected');
    await clock.tickAsync(1);
    assert.equal(state('a'), 'healthy');
    assert.deepEqual(events.slice(8), ['nodeEjected a', 'nodeReadmitted a']);
  });

  it('ejects the same node for longer each time, up to the limit, and forgets with every quiet sweep', async () => {
    const { cluster, failAt } = ejecting(NAMES, { outlier: { maxEjectionMs: 80_000 } });
    const times: number[] = [];
    cluster.on('nodeEjected', (_node: unknown, forMs: number) => times.push(forMs));
    for (let i = 0; i < 4; i++) {
      await failAt('a', 5);
      await clock.tickAsync(times.at(-1)!);
    }
    assert.deepEqual(times, [30_000, 60_000, 80_000, 80_000]);
    await clock.tickAsync(30_000);
    await failAt('a', 5);
    assert.equal(times.at(-1), 60_000);
    await clock.tickAsync(200_000);
    assert.equal(clock.countTimers(), 0);
    await failAt('a', 5);
    assert.equal(times.at(-1), 30_000);
    await cluster.close();
  });

  it('ejects at most 10 % of the nodes at once, but always one', async () => {
    const { failAt, cluster, state } = ejecting(NAMES);
    for (const id of NAMES) await failAt(id, 5);
    const states = cluster.stats().nodes.map((n) => n.state);
    assert.deepEqual(states, ['ejected', 'healthy', 'healthy', 'healthy']);
    await clock.tickAsync(30_000);
    await failAt('b', 1);
    assert.equal(state('b'), 'ejected');

    const half = ejecting(NAMES, { outlier: { maxEjected: 0.5 } });
    for (const id of NAMES) await half.failAt(id, 5);
    assert.equal(half.cluster.stats().nodes.filter((n) => n.state === 'ejected').length, 2);
  });

  it('ignores late results of a node that is out', async () => {
    const { cluster, state, failAt } = ejecting(NAMES);
    const hold = gate();
    const late = cluster.do(() => hold.promise, { endpointId: 'a' });
    await settle();
    await failAt('a', 5);
    hold.resolve();
    await late;
    assert.equal(state('a'), 'ejected');
  });

  it('makes room for others when an ejected node is removed', async () => {
    const { cluster, state, failAt } = ejecting(NAMES);
    await failAt('a', 5);
    await cluster.removeEndpoint('a');
    assert.equal(clock.countTimers(), 0);
    await failAt('b', 5);
    assert.equal(state('b'), 'ejected');
    await cluster.close();
    assert.equal(clock.countTimers(), 0);
  });

  it('works beside the breaker: failed trials go on counting', async () => {
    const { cluster, state, failAt } = ejecting(NAMES, { breaker: { maxFails: 3, cooldownMs: 1_000 } });
    await failAt('a', 3);
    assert.equal(state('a'), 'open');
    for (let i = 0; i < 2; i++) {
      await clock.tickAsync(1_000);
      await failAt('a', 1);
    }
    assert.equal(state('a'), 'ejected');
    await clock.tickAsync(30_000);
    assert.equal(state('a'), 'open');
    assert.equal(await cluster.do(() => 1, { endpointId: 'a' }), 1);
    assert.equal(state('a'), 'healthy');
  });

  it('is off by default', async () => {
    const { cluster, state } = fakeCluster(['a'], { breaker: false });
    for (let i = 0; i < 20; i++) await assert.rejects(cluster.do(fail), /down/);
    assert.equal(state('a'), 'healthy');
  });
});

describe('The panic threshold', () => {
  const failAt = async ({ cluster }: ReturnType<typeof fakeCluster>, ...ids: string[]) => {
    for (const id of ids) await assert.rejects(cluster.do(fail, { endpointId: id }), /down/);
  };
  const breaker = { maxFails: 1, cooldownMs: 60_000 };

  it('lets every node take calls while fewer are healthy', async () => {
    const fake = fakeCluster(NAMES, { breaker, panicThreshold: 0.5 });
    const { cluster } = fake;
    await failAt(fake, 'a', 'b');
    assert.equal(cluster.stats().panicking, false);
    for (let i = 0; i < 8; i++) assert.match(await cluster.do((c) => c.node), /[cd]/);
    await failAt(fake, 'c');
    assert.equal(cluster.stats().panicking, true);
    const seen = new Set<string>();
    for (let i = 0; i < 8; i++) seen.add(await cluster.do((c) => c.node));
    assert.deepEqual([...seen].sort(), NAMES);
  });

  it('changes no breaker: what comes through in a panic decides nothing', async () => {
    const fake = fakeCluster(['a', 'b'], { breaker, panicThreshold: 1 });
    await failAt(fake, 'a', 'b');
    for (let i = 0; i < 4; i++) await fake.cluster.do(() => 1);
    assert.deepEqual([fake.state('a'), fake.state('b')], ['open', 'open']);
  });

  it('is left as soon as enough nodes are healthy or the others are gone', async () => {
    const fake = fakeCluster(['a', 'b', 'c'], { breaker, panicThreshold: 0.6 });
    await failAt(fake, 'a', 'b');
    assert.equal(fake.cluster.stats().panicking, true);
    await fake.cluster.removeEndpoint('a');
    assert.equal(fake.cluster.stats().panicking, true);
    await fake.cluster.removeEndpoint('b');
    assert.equal(fake.cluster.stats().panicking, false);
  });

  it('is entered when healthy nodes leave', async () => {
    const fake = fakeCluster(['a', 'b', 'c'], { breaker, panicThreshold: 0.6 });
    await failAt(fake, 'a');
    assert.equal(fake.cluster.stats().panicking, false);
    await fake.cluster.removeEndpoint('b');
    assert.equal(fake.cluster.stats().panicking, true);
  });

  it('is off by default: then nothing is sent to nodes that fail', async () => {
    const fake = fakeCluster(['a', 'b'], { breaker });
    await failAt(fake, 'a', 'b');
    await assert.rejects(
      fake.cluster.do(() => 1),
      /none of 2 nodes is available, 0 of them healthy/,
    );
  });
});
