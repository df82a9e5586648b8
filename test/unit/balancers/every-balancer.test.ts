import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type BalancerName, balancerByName, balancerNames } from '../../../lib/cluster/balancers/index.js';
import { InvalidOptionError } from '../../../lib/pool/errors.js';
import { type FakeNode, fresh, manyNodes, nodesOf, picks, withNodes } from './fake-node.js';

/** Times a pick may look at `available` on average, where no node is down: it must not depend on their number. */
const MOST_LOOKS = 10;

describe('balancerByName', () => {
  it('knows the eight words', () => {
    assert.deepEqual([...balancerNames].sort(), [
      'consistentHash',
      'leastLoaded',
      'peakEwma',
      'random',
      'roundRobin',
      'smoothWeightedRoundRobin',
      'weightedRandom',
      'weightedRoundRobin',
    ]);
  });

  it('gives a fresh balancer each time', () => {
    const first = withNodes(balancerByName('roundRobin'), nodesOf(1, 1));
    assert.equal(first.pick(fresh)?.id, 'a');
    assert.equal(balancerByName('roundRobin').pick(fresh), undefined);
  });

  it('refuses an unknown word and names the known ones', () => {
    for (const bad of ['roundrobin', 'toString', '', 5, undefined]) {
      assert.throws(
        () => balancerByName(bad as BalancerName),
        (error: unknown) =>
          error instanceof InvalidOptionError &&
          /'balancer' must be one of roundRobin, random/.test(error.message),
      );
    }
  });
});

for (const name of balancerNames) {
  describe(`${name}, as every balancer,`, () => {
    it('picks nothing without nodes, before and after it had some', () => {
      const balancer = balancerByName(name);
      assert.equal(balancer.pick(fresh), undefined);
      balancer.update([]);
      assert.equal(balancer.pick(fresh), undefined);
      balancer.update(nodesOf(1, 2));
      balancer.pick(fresh);
      balancer.update([]);
      assert.equal(balancer.pick(fresh), undefined);
    });

    it('picks every node of a small cluster sooner or later', () => {
      const nodes = nodesOf(3, 1, 2, 0.5);
      const balancer = withNodes(balancerByName(name), nodes);
      const seen = new Set<string>();
      for (let i = 0; seen.size < 4 && i < 10_000; i++) {
        seen.add(balancer.pick({ tried: new Set(), hashKey: `key-${i}` })!.id);
      }
      assert.deepEqual([...seen].sort(), ['a', 'b', 'c', 'd']);
    });

    it('picks a node that is up and not tried, whenever there is one, and else nothing', () => {
      const situation = fc.array(
        fc.record({ weight: fc.constantFrom(1, 2, 2.5, 7, 100), up: fc.boolean(), tried: fc.boolean() }),
        { maxLength: 12 },
      );
      fc.assert(
        fc.property(
          fc.array(situation, { minLength: 1, maxLength: 4 }),
          fc.string(),
          (situations, hashKey) => {
            const balancer = balancerByName(name);
            for (const situation of situations) {
              const nodes = nodesOf(...situation.map(({ weight }) => weight));
              for (const [i, { up }] of situation.entries()) nodes[i]!.up = up;
              const tried = new Set(nodes.filter((_, i) => situation[i]!.tried));
              const usable = nodes.filter((node) => node.up && !tried.has(node));
              balancer.update(nodes);
              for (let i = 0; i < 5; i++) {
                const picked = balancer.pick({ tried, hashKey }) as FakeNode | undefined;
                if (usable.length === 0) assert.equal(picked, undefined);
                else assert.ok(picked !== undefined && usable.includes(picked));
              }
            }
          },
        ),
        { seed: 4, numRuns: 150 },
      );
    });

    it('finds the one node left among 10,000, also by retries', () => {
      const nodes = manyNodes(10_000, (i) => 1 + (i % 10));
      for (const node of nodes) node.up = false;
      const balancer = withNodes(balancerByName(name), nodes);
      assert.equal(balancer.pick(fresh), undefined);
      for (const i of [0, 4_711, 9_999]) {
        nodes[i]!.up = true;
        assert.deepEqual(picks(balancer, 3), Array(3).fill(`node-${i}`));
        assert.equal(balancer.pick({ tried: new Set([nodes[i]!]) }), undefined);
        nodes[i]!.up = false;
      }
    });

    it('notices at once when nodes go down and come up', () => {
      const nodes = nodesOf(1, 1);
      const balancer = withNodes(balancerByName(name), nodes);
      for (let i = 0; i < 10; i++) {
        nodes[0]!.up = i % 2 === 0;
        nodes[1]!.up = i % 2 === 1;
        assert.equal(balancer.pick({ tried: new Set(), hashKey: 'k' }), nodes[i % 2]);
      }
    });

    it('picks from the newest list, by its node objects, and keeps no hold of the array', () => {
      const list = nodesOf(1, 2, 3);
      const balancer = withNodes(balancerByName(name), list);
      picks(balancer, 5);
      const successors = nodesOf(1, 2);
      balancer.update(successors);
      for (let i = 0; i < 50; i++) assert.ok(successors.includes(balancer.pick(fresh) as FakeNode));
      const emptied = nodesOf(1);
      balancer.update(emptied);
      emptied.pop();
      assert.equal(balancer.pick(fresh)?.id, 'a');
    });

    it('looks at a few nodes per pick, however many there are and while a tenth is down', () => {
      for (const [count, downEvery] of [
        [10, Infinity],
        [10_000, Infinity],
        [10_000, 10],
      ] as const) {
        const nodes = manyNodes(count, (i) => 1 + (i % 7));
        for (let i = 0; i < count; i += downEvery) nodes[i]!.up = i === 0 && downEvery === Infinity;
        const balancer = withNodes(balancerByName(name), nodes);
        for (const node of nodes) node.looks = 0;
        for (let i = 0; i < 20_000; i++) balancer.pick({ tried: new Set(), hashKey: `key-${i}` });
        const looks = nodes.reduce((sum, node) => sum + node.looks, 0) / 20_000;
        assert.ok(looks <= MOST_LOOKS + (count === 10 ? 10 : 0), `${looks} looks per pick of ${count} nodes`);
      }
    });

    it('looks at each node a few times at most to see that all are down', () => {
      const nodes = manyNodes(10_000, (i) => 1 + (i % 7));
      for (const node of nodes) node.up = false;
      const balancer = withNodes(balancerByName(name), nodes);
      for (const node of nodes) node.looks = 0;
      assert.equal(balancer.pick({ tried: new Set(), hashKey: 'k' }), undefined);
      const looks = nodes.reduce((sum, node) => sum + node.looks, 0);
      assert.ok(looks <= 5 * nodes.length, `${looks} looks`);
    });

    it('stays in proportion to the nodes for a call that every one of them refuses', () => {
      const nodes = manyNodes(2_000, (i) => 1 + (i % 5));
      const balancer = withNodes(balancerByName(name), nodes);
      for (const node of nodes) node.looks = 0;
      const tried = new Set<FakeNode>();
      for (;;) {
        const node = balancer.pick({ tried, hashKey: 'k' }) as FakeNode | undefined;
        if (node === undefined) break;
        tried.add(node);
      }
      assert.equal(tried.size, nodes.length);
      const looks = nodes.reduce((sum, node) => sum + node.looks, 0) / nodes.length;
      assert.ok(looks <= 150, `${looks} looks at each node`);
    });

    it('shares the calls out also by weights too large to be summed up', () => {
      const nodes = nodesOf(Number.MAX_VALUE, Number.MAX_VALUE, Number.MIN_VALUE);
      const balancer = withNodes(balancerByName(name), nodes);
      const counts = new Map(nodes.map(({ id }) => [id, 0]));
      for (let i = 0; i < 4_000; i++) {
        const { id } = balancer.pick({ tried: new Set(), hashKey: `key-${i}` })!;
        counts.set(id, counts.get(id)! + 1);
      }
      for (const id of ['a', 'b']) assert.ok(counts.get(id)! > 1_000, `${[...counts]}`);
    });

    it('takes weights that are no numbers above 0 for 1', () => {
      const nodes = nodesOf(0, -3, Number.NaN, Infinity, 1);
      const balancer = withNodes(balancerByName(name), nodes);
      const seen = new Set<string>();
      for (let i = 0; i < 2_000; i++) seen.add(balancer.pick({ tried: new Set(), hashKey: `key-${i}` })!.id);
      assert.equal(seen.size, 5);
    });
  });
}
