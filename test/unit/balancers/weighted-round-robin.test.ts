import assert from 'node:assert/strict';
import fc from 'fast-check';
import { weightedRoundRobin } from '../../../lib/cluster/balancers/index.js';
import { countPicks, FakeNode, fresh, manyNodes, nodesOf, picks, withNodes } from './fake-node.js';
import { lvsSequence } from './reference-sequences.js';
import { assertNear } from './statistics.js';

/** Lists of weights as they come in practice (few different ones) and as they might. */
const weightLists = fc.oneof(
  fc.array(fc.constantFrom(1, 2, 3, 6), { minLength: 1, maxLength: 10 }),
  fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 8 }),
  fc.array(
    fc.integer({ min: 1, max: 9 }).map((weight) => weight * 100),
    { minLength: 1, maxLength: 8 },
  ),
);

describe('weightedRoundRobin', () => {
  it('gives A A B A B C A B C for the weights 4, 3, 2', () => {
    const balancer = withNodes(weightedRoundRobin(), nodesOf(4, 3, 2));
    assert.equal(picks(balancer, 18).join(''), 'aababcabcaababcabc');
  });

  it('is a plain round robin for equal weights', () => {
    const balancer = withNodes(weightedRoundRobin(), nodesOf(7, 7, 7));
    assert.equal(picks(balancer, 6).join(''), 'abcabc');
  });

  it('gives the sequence of the original for any weights, with the turns of dead nodes struck out', () => {
    const outages = fc.array(fc.record({ after: fc.nat(60), node: fc.nat(9) }), { maxLength: 12 });
    fc.assert(
      fc.property(weightLists, outages, (weights, toggles) => {
        const nodes = nodesOf(...weights);
        const balancer = withNodes(weightedRoundRobin(), nodes);
        const reference = lvsSequence(nodes);
        for (const { after, node } of [...toggles, { after: 200, node: 0 }]) {
          for (let i = 0; i < after; i++) assert.equal(balancer.pick(fresh), reference.next().value);
          const toggled = nodes[node % nodes.length]!;
          toggled.up = !toggled.up;
        }
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  it('goes on as if nothing was when the list comes again unchanged', () => {
    fc.assert(
      fc.property(weightLists, fc.array(fc.nat(30), { maxLength: 6 }), (weights, pauses) => {
        const nodes = nodesOf(...weights);
        const balancer = withNodes(weightedRoundRobin(), nodes);
        const undisturbed = withNodes(weightedRoundRobin(), nodes);
        for (const count of [...pauses, 30]) {
          assert.deepEqual(picks(balancer, count), picks(undisturbed, count));
          balancer.update(nodes);
        }
      }),
      { seed: 2, numRuns: 200 },
    );
  });

  it('goes on at its level with the node whose turn it is when the list changes', () => {
    const [a, b, c] = nodesOf(4, 3, 2) as [FakeNode, FakeNode, FakeNode];
    const balancer = withNodes(weightedRoundRobin(), [a, b, c]);
    assert.equal(picks(balancer, 4).join(''), 'aaba', 'in the third round, which b and c are part of');
    balancer.update([a, c]);
    assert.equal(
      picks(balancer, 4).join(''),
      'caac',
      'c is next; steps are of 2 now, so this round was the last',
    );
    balancer.update([new FakeNode('x', 2), new FakeNode('y', 1)]);
    assert.equal(picks(balancer, 3).join(''), 'xxy', 'nobody is left: from the start');
  });

  it('starves nobody while the list changes all the time', () => {
    const nodes = manyNodes(10, (i) => 1 + (i % 3));
    const balancer = withNodes(weightedRoundRobin(), nodes);
    const counts = new Map<string, number>();
    for (let i = 0; i < 3_000; i++) {
      balancer.update(i % 2 === 0 ? nodes : [...nodes, new FakeNode(`guest-${i}`)]);
      for (const id of picks(balancer, 3)) counts.set(id, (counts.get(id) ?? 0) + 1);
    }
    assertNear(
      nodes.map(({ id }) => counts.get(id) ?? 0),
      nodes.map(({ weight }) => weight),
      0.1,
    );
  });

  it('keeps to fractional weights, exactly as far as people write them', () => {
    for (const weights of [
      [0.5, 0.25, 0.25],
      [1.5, 1, 0.5],
      [0.001, 0.002],
      [2.125, 1],
    ]) {
      const nodes = nodesOf(...weights);
      const balancer = withNodes(weightedRoundRobin(), nodes);
      const cycle = weights.reduce((a, b) => a + b, 0) * 1000;
      const counts = countPicks(balancer, nodes, cycle);
      assert.deepEqual(
        counts,
        weights.map((weight) => weight * 1000),
      );
    }
  });

  it('follows weights that change without an update', () => {
    const nodes = nodesOf(1, 1, 1);
    const balancer = withNodes(weightedRoundRobin(), nodes);
    picks(balancer, 4);
    nodes[1]!.weight = 0.1234567;
    picks(balancer, 6);
    assertNear(countPicks(balancer, nodes, 21_200), [1, 0.12, 1], 0.02);
    nodes[1]!.weight = 4;
    picks(balancer, 6);
    assertNear(countPicks(balancer, nodes, 600), [1, 4, 1], 0.02);
  });

  it('finds the heaviest usable nodes without going through the levels above', () => {
    const nodes = nodesOf(2 ** 39, 3, 2);
    nodes[0]!.up = false;
    const balancer = withNodes(weightedRoundRobin(), nodes);
    assert.equal(picks(balancer, 5).join(''), 'bbcbc');
    nodes[0]!.up = true;
    assert.equal(picks(balancer, 3).join(''), 'aaa');
  });

  it('passes over tried nodes at a place of its own, so that retries skip nothing for the other calls', () => {
    const nodes = nodesOf(1_000, 10, 1);
    const balancer = withNodes(weightedRoundRobin(), nodes);
    const retries = { tried: new Set([nodes[0]!]) };
    let retried = '';
    const counts = { a: 0, b: 0, c: 0 };
    for (let i = 0; i < 1_011; i++) {
      counts[balancer.pick(fresh)?.id as 'a' | 'b' | 'c']++;
      if (i % 46 === 0) retried += picks(balancer, 1, retries).join('');
    }
    assert.deepEqual(counts, { a: 1_000, b: 10, c: 1 });
    assert.equal(retried, 'bbbbbbbbbbcbbbbbbbbbbc');
  });

  it('keeps its place when it finds nothing', () => {
    const nodes = nodesOf(4, 3, 2);
    const balancer = withNodes(weightedRoundRobin(), nodes);
    picks(balancer, 4);
    for (let i = 0; i < 3; i++) assert.equal(balancer.pick({ tried: new Set(nodes) }), undefined);
    assert.equal(picks(balancer, 5).join(''), 'bcabc');
  });
});
