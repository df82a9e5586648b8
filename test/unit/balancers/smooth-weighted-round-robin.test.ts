import assert from 'node:assert/strict';
import fc from 'fast-check';
import { smoothWeightedRoundRobin } from '../../../lib/cluster/balancers/index.js';
import { countPicks, FakeNode, fresh, manyNodes, nodesOf, picks, withNodes } from './fake-node.js';
import { NginxReference } from './reference-sequences.js';
import { assertNear } from './statistics.js';

const weightLists = fc.oneof(
  fc.array(fc.constantFrom(1, 2, 3, 6), { minLength: 1, maxLength: 12 }),
  fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 8 }),
);

describe('smoothWeightedRoundRobin', () => {
  it('gives a a b a c a a for the weights 5, 1, 1', () => {
    const balancer = withNodes(smoothWeightedRoundRobin(), nodesOf(5, 1, 1));
    assert.equal(picks(balancer, 14).join(''), 'aabacaaaabacaa');
  });

  it('is a plain round robin for equal weights', () => {
    const balancer = withNodes(smoothWeightedRoundRobin(), nodesOf(3, 3, 3));
    assert.equal(picks(balancer, 6).join(''), 'abcabc');
  });

  it('gives the sequence of the original for any weights, with the turns of dead nodes struck out', () => {
    const outages = fc.array(fc.record({ after: fc.nat(60), node: fc.nat(11) }), { maxLength: 12 });
    fc.assert(
      fc.property(weightLists, outages, (weights, toggles) => {
        const nodes = nodesOf(...weights);
        const balancer = withNodes(smoothWeightedRoundRobin(), nodes);
        const reference = new NginxReference();
        reference.update(nodes);
        for (const { after, node } of [...toggles, { after: 200, node: 0 }]) {
          for (let i = 0; i < after; i++) assert.equal(balancer.pick(fresh), reference.next());
          const toggled = nodes[node % nodes.length]!;
          toggled.up = !toggled.up || nodes.every((other) => other === toggled || !other.up);
        }
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  it('stays exact over sums that outgrow what numbers hold', () => {
    // Multiples of one odd number: equal credits are frequent, and the least error decides them otherwise.
    const nodes = nodesOf(...[1, 2, 3].map((times) => times * (2 ** 37 + 1)));
    const balancer = withNodes(smoothWeightedRoundRobin(), nodes);
    const reference = new NginxReference();
    reference.update(nodes);
    for (let i = 0; i < 100_000; i++) assert.ok(balancer.pick(fresh) === reference.next(), `pick ${i}`);
  });

  it('gives the sequence of the original also after any changes of list and weights', () => {
    const change = fc.record({
      weights: fc.array(fc.constantFrom(0, 1, 1, 2, 3, 30), { minLength: 8, maxLength: 8 }),
      picks: fc.nat(40),
    });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 8 }), (changes) => {
        const balancer = smoothWeightedRoundRobin();
        const reference = new NginxReference();
        for (const { weights, picks: count } of changes) {
          const nodes = weights.flatMap((weight, i) =>
            weight === 0 ? [] : new FakeNode(`node-${i}`, weight),
          );
          balancer.update(nodes);
          reference.update(nodes);
          for (let i = 0; i < count && nodes.length > 0; i++)
            assert.equal(balancer.pick(fresh), reference.next());
        }
      }),
      { seed: 4, numRuns: 500 },
    );
  });

  it('goes on as if nothing was when the list comes again unchanged', () => {
    fc.assert(
      fc.property(weightLists, fc.array(fc.nat(30), { maxLength: 6 }), (weights, pauses) => {
        const nodes = nodesOf(...weights);
        const balancer = withNodes(smoothWeightedRoundRobin(), nodes);
        const undisturbed = withNodes(smoothWeightedRoundRobin(), nodes);
        for (const count of [...pauses, 60]) {
          assert.deepEqual(picks(balancer, count), picks(undisturbed, count));
          balancer.update(nodes);
        }
      }),
      { seed: 2, numRuns: 200 },
    );
  });

  it('comes back to the shares of the weights after any changes of list and weights', () => {
    const lists = fc.array(fc.subarray([1, 2, 3, 4, 5, 6, 7, 8], { minLength: 1 }), {
      minLength: 1,
      maxLength: 8,
    });
    fc.assert(
      fc.property(lists, fc.array(fc.nat(40), { minLength: 8, maxLength: 8 }), (changes, pauses) => {
        const balancer = smoothWeightedRoundRobin();
        let nodes: FakeNode[] = [];
        for (const [i, weights] of changes.entries()) {
          nodes = weights.map((weight) => new FakeNode(`node-${weight}`, ((weight * (i + 1)) % 9) + 1));
          balancer.update(nodes);
          picks(balancer, pauses[i]!);
        }
        const total = nodes.reduce((sum, node) => sum + node.weight, 0);
        const counts = countPicks(balancer, nodes, 3 * total);
        for (const [i, node] of nodes.entries()) {
          assert.ok(
            Math.abs(counts[i]! - 3 * node.weight) <= 3,
            `${counts} for ${nodes.map((n) => n.weight)}`,
          );
        }
      }),
      { seed: 3, numRuns: 300 },
    );
  });

  it('starves nobody while the list changes all the time, and starts new nodes with the average', () => {
    const nodes = manyNodes(10, (i) => 1 + (i % 3));
    const balancer = withNodes(smoothWeightedRoundRobin(), nodes);
    const counts = new Map<string, number>();
    let guests = 0;
    for (let i = 0; i < 3_000; i++) {
      balancer.update(i % 2 === 0 ? nodes : [...nodes, new FakeNode(`guest-${i}`)]);
      for (const id of picks(balancer, 3)) {
        counts.set(id, (counts.get(id) ?? 0) + 1);
        if (id.startsWith('guest')) guests++;
      }
    }
    assertNear(
      nodes.map(({ id }) => counts.get(id) ?? 0),
      nodes.map(({ weight }) => weight),
      0.1,
    );
    assert.ok(
      guests < 600,
      `${guests} picks of guests, each of which is there for 3 picks with a share of 1 in 20`,
    );
  });

  it('keeps to fractional weights', () => {
    const nodes = nodesOf(0.5, 0.25, 0.25);
    const balancer = withNodes(smoothWeightedRoundRobin(), nodes);
    assert.equal(picks(balancer, 8).join(''), 'abcaabca');
  });

  it('follows weights that change without an update', () => {
    const nodes = nodesOf(2, 2, 2);
    const balancer = withNodes(smoothWeightedRoundRobin(), nodes);
    picks(balancer, 4);
    for (let weight = 2; weight <= 6; weight += 0.01) {
      nodes[1]!.weight = weight;
      picks(balancer, 1);
    }
    nodes[1]!.weight = 6;
    picks(balancer, 8);
    assertNear(countPicks(balancer, nodes, 1_000), [2, 6, 2], 0.02);
  });

  it('picks evenly by weight where the turns of the usable nodes are too far apart to wait for', () => {
    const nodes = nodesOf(1e9, 3, 1, 1e9, 2);
    nodes[0]!.up = false;
    nodes[3]!.up = false;
    const balancer = withNodes(smoothWeightedRoundRobin(), nodes);
    assertNear(countPicks(balancer, nodes, 6_000), [0, 3, 1, 0, 2], 0.01);
    nodes[0]!.up = true;
    assert.equal(countPicks(balancer, nodes, 1_000)[0], 1_000);
  });

  it('looks at one node per distinct weight and pick', () => {
    const nodes = manyNodes(10_000, (i) => (i % 2 === 0 ? 1 : 3));
    const balancer = withNodes(smoothWeightedRoundRobin(), nodes);
    picks(balancer, 20_000);
    assert.equal(
      nodes.reduce((sum, node) => sum + node.looks, 0),
      20_000,
    );
  });
});
