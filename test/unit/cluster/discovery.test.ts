import assert from 'node:assert/strict';
import { type Clock, install } from '@sinonjs/fake-timers';
import type { Balancer } from '../../../lib/cluster/balancers/index.js';
import type { ClusterOptions, DiscoveryChange } from '../../../lib/cluster/index.js';
import { staticDiscovery } from '../../../lib/discovery/static-discovery.js';
import { fakeCluster, gate, settle } from './fake-cluster.js';
import { FakeDiscovery } from './fake-discovery.js';
import type { FakeClient } from './fake-source.js';

function discovered(options: ClusterOptions<FakeClient> = {}) {
  const discovery = new FakeDiscovery();
  const fake = fakeCluster([], { discovery, ...options });
  const updates: DiscoveryChange[] = [];
  const errors: string[] = [];
  fake.cluster.on('discoveryUpdate', (change: DiscoveryChange) => updates.push(change));
  fake.cluster.on('discoveryError', (error: unknown) => errors.push((error as Error).message));
  const ids = () => fake.cluster.stats().nodes.map((node) => node.id);
  return { ...fake, discovery, updates, errors, ids };
}

describe('A cluster with discovery', () => {
  let clock: Clock;
  beforeEach(() => {
    clock = install();
  });
  afterEach(() => clock.uninstall());

  it('adds what a list has and removes what the next one lacks', async () => {
    const { cluster, discovery, updates, ids } = discovered();
    discovery.give({ id: 'a' }, { id: 'b' });
    await settle();
    assert.deepEqual(ids(), ['a', 'b']);
    discovery.give({ id: 'b' }, { id: 'c' });
    await settle();
    assert.deepEqual(ids(), ['b', 'c']);
    assert.deepEqual(updates, [
      { endpoints: 2, added: ['a', 'b'], removed: [], changed: [] },
      { endpoints: 2, added: ['c'], removed: ['a'], changed: [] },
    ]);
    assert.deepEqual(cluster.stats().discovery, { nodes: 2, updates: 2, errors: 0 });
  });

  it('drains an endpoint that leaves', async () => {
    const { cluster, discovery, source, state } = discovered();
    discovery.give({ id: 'a' });
    await settle();
    const hold = gate();
    const call = cluster.do(() => hold.promise);
    await settle();
    discovery.give({ id: 'b' });
    await settle();
    assert.equal(state('a'), 'draining');
    assert.equal(await cluster.do((c) => c.node), 'b');
    hold.resolve();
    await call;
    await settle();
    assert.equal(source('a').closeCalls.length, 1);
  });

  it('keeps the connections of an endpoint whose weight, tags or meta changed', async () => {
    const { cluster, discovery, source, updates } = discovered({ balancer: 'weightedRandom' });
    discovery.give({ id: 'a', weight: 1, tags: ['x'], meta: { v: '1' } }, { id: 'b' });
    await settle();
    const before = source('a');
    discovery.give({ id: 'a', weight: 5, tags: ['y'], meta: { v: '2' } }, { id: 'b' });
    await settle();
    assert.equal(source('a'), before);
    assert.equal(cluster.stats().nodes[0]!.weight, 5);
    assert.deepEqual(updates[1], { endpoints: 2, added: [], removed: [], changed: ['a'] });
    discovery.give({ id: 'a', weight: 5, tags: ['y'], meta: { v: '2' } }, { id: 'b' });
    await settle();
    assert.deepEqual(updates[2]?.changed, []);
    assert.equal(before.closeCalls.length, 0);
  });

  it('tells its balancer of a changed weight', async () => {
    const weights: number[][] = [];
    const balancer: Balancer = {
      update: (nodes) => weights.push(nodes.map((node) => node.weight)),
      pick: () => undefined,
    };
    const { cluster, discovery } = discovered({ balancer });
    for (const weight of [1, 1, 3]) {
      discovery.give({ id: 'a', weight });
      await settle();
      await assert.rejects(cluster.do(() => 1));
    }
    assert.deepEqual(weights, [[1], [3]]);
  });

  it('replaces a node whose address changed under the same id', async () => {
    const { discovery, source, updates } = discovered();
    discovery.give({ id: 'a', host: 'h1', port: 1 });
    await settle();
    const before = source('a');
    discovery.give({ id: 'a', host: 'h2', port: 1 });
    await settle();
    assert.notEqual(source('a'), before);
    assert.equal(before.closeCalls.length, 1);
    assert.deepEqual(updates[1], { endpoints: 1, added: ['a'], removed: ['a'], changed: [] });
  });

  it('ignores an empty list, unless that is allowed', async () => {
    const { discovery, ids, errors, cluster } = discovered();
    discovery.give({ id: 'a' });
    discovery.give();
    await settle();
    assert.deepEqual(ids(), ['a']);
    assert.deepEqual(errors, ['discovery: an empty list was ignored']);
    assert.deepEqual(cluster.stats().discovery, { nodes: 1, updates: 1, errors: 1 });

    const allowed = discovered({ allowEmpty: true });
    allowed.discovery.give({ id: 'a' });
    allowed.discovery.give();
    await settle();
    assert.deepEqual(allowed.ids(), []);
    await assert.rejects(
      allowed.cluster.do(() => 1),
      /there are no nodes/,
    );
  });

  it('leaves entries out that are not valid, and reports them; their endpoints stay as they are', async () => {
    const { discovery, ids, errors } = discovered();
    discovery.give({ id: 'a' }, { id: 'b' });
    await settle();
    discovery.giveAnything([{ id: 'a', port: 'x' }, null, { id: 'c' }, { id: 'c' }]);
    await settle();
    assert.deepEqual(ids(), ['a', 'c']);
    assert.equal(errors.length, 3);
    assert.match(errors[0]!, /endpoints\[0\]\.port/);
    assert.match(errors[1]!, /endpoints\[1\]/);
    assert.match(errors[2]!, /endpoints\[3\]\.id.*'c'/);
    discovery.giveAnything([{}]);
    discovery.giveAnything('nonsense');
    await settle();
    assert.deepEqual(ids(), ['a', 'c']);
    assert.equal(errors.length, 5);
  });

  it('leaves what was added by hand alone', async () => {
    const { cluster, discovery, ids, errors } = discovered();
    cluster.addEndpoint({ id: 'mine', host: 'h1' });
    discovery.give({ id: 'a' });
    discovery.give({ id: 'b' }, { id: 'mine', host: 'h2' });
    await settle();
    assert.deepEqual(ids(), ['mine', 'b']);
    assert.match(errors[0]!, /added by hand/);
    assert.equal(cluster.stats().nodes[0]!.host, 'h1');
  });

  it('reports an endpoint that connect refuses, and tries it again with the next list', async () => {
    let refuses = true;
    const { cluster, discovery, ids, errors } = discovered({
      connect: ({ id }) => {
        if (refuses) throw new Error(`no dialer for ${id}`);
        return {
          get: () => Promise.reject(new Error('x')),
          isBroken: () => true,
          stats: () => ({}) as never,
          close: async () => {},
        };
      },
    });
    discovery.give({ id: 'a' });
    await settle();
    assert.deepEqual([ids(), errors], [[], ['no dialer for a']]);
    refuses = false;
    discovery.give({ id: 'a' });
    await settle();
    assert.deepEqual(ids(), ['a']);
    await cluster.close();
  });

  it('keeps its nodes when the source throws, and watches anew with backoff of at most a second', async () => {
    const { cluster, discovery, ids, errors } = discovered();
    discovery.give({ id: 'a' });
    await settle();
    for (let i = 0; i < 8; i++) {
      discovery.fail(new Error(`failure ${i}`));
      await settle();
      assert.equal(errors.at(-1), `failure ${i}`);
      assert.deepEqual(ids(), ['a']);
      await clock.tickAsync(1_000);
      assert.equal(discovery.watches, i + 2);
    }
    discovery.fail(new Error('once more'));
    await clock.tickAsync(20);
    assert.equal(discovery.watches, 9);
    discovery.give({ id: 'b' });
    await clock.tickAsync(1_000);
    assert.deepEqual(ids(), ['b']);
    assert.deepEqual(cluster.stats().discovery, { nodes: 1, updates: 2, errors: 9 });
  });

  it('passes on failures that the source reports and survives', async () => {
    const { discovery, errors } = discovered();
    await settle();
    discovery.report(new Error('registry answers 500'));
    assert.deepEqual(errors, ['registry answers 500']);
  });

  it('takes the last list of a source that ends for final', async () => {
    const { cluster, discovery, ids } = discovered();
    discovery.give({ id: 'a' });
    discovery.end();
    await clock.tickAsync(5_000);
    assert.deepEqual([ids(), discovery.watches], [['a'], 1]);
    await cluster.close();
  });

  it('stops watching when it closes, and reports nothing after that', async () => {
    const { cluster, discovery, errors } = discovered();
    discovery.give({ id: 'a' });
    await settle();
    await cluster.close();
    assert.equal(discovery.stopped, true);
    discovery.report(new Error('late'));
    discovery.give({ id: 'b' });
    await settle();
    assert.deepEqual(errors, []);
    assert.equal(clock.countTimers(), 0);
  });

  it('brings back what was removed by hand with the next list that has it', async () => {
    const { cluster, discovery, ids } = discovered();
    discovery.give({ id: 'a' });
    await settle();
    await cluster.removeEndpoint('a');
    assert.deepEqual(ids(), []);
    discovery.give({ id: 'a' });
    await settle();
    assert.deepEqual(ids(), ['a']);
  });
});

describe('staticDiscovery', () => {
  it('gives its endpoints, copied, and ends', async () => {
    const list = [{ id: 'a', host: 'h', port: 1, weight: 2 }];
    const discovery = staticDiscovery(list);
    list.push({ id: 'b', host: 'h', port: 2, weight: 1 });
    const seen: unknown[] = [];
    for await (const endpoints of discovery.watch(new AbortController().signal)) seen.push(endpoints);
    assert.deepEqual(seen, [[{ id: 'a', host: 'h', port: 1, weight: 2 }]]);
  });

  it('brings nodes into a cluster', async () => {
    const { cluster } = fakeCluster([], { discovery: staticDiscovery([{ id: 'a' }]) });
    assert.equal(await cluster.do((c) => c.node), 'a');
  });

  it('refuses what is no list, endpoints that are not valid and ids that are there twice', () => {
    assert.throws(() => staticDiscovery('x' as never), { code: 'ERR_INVALID_OPTION', option: 'endpoints' });
    assert.throws(() => staticDiscovery([{ id: 'a' }, { id: '' }]), { option: 'endpoints[1].id' });
    assert.throws(() => staticDiscovery([{ id: 'a' }, { id: 'a' }]), {
      option: 'endpoints[1].id',
      value: 'a',
    });
  });
});
