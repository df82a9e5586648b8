import assert from 'node:assert/strict';
import { type Balancer, random, weightedRandom } from '../../../lib/cluster/balancers/index.js';
import { InvalidOptionError } from '../../../lib/pool/errors.js';
import { countPicks, type FakeNode, manyNodes, nodesOf, picks, withNodes } from './fake-node.js';
import { assertShares, seededRandom } from './statistics.js';

function assertFair(balancer: Balancer, nodes: readonly FakeNode[], shares: readonly number[]): void {
  balancer.update(nodes);
  assertShares(countPicks(balancer, nodes, 40_000), shares);
}

describe('random', () => {
  it('gives all nodes the same chance, whatever their weights', () => {
    assertFair(random({ random: seededRandom(1) }), nodesOf(1, 5, 2, 9, 1), [1, 1, 1, 1, 1]);
  });

  it('spreads the share of dead nodes over all others, not over their neighbours', () => {
    const nodes = manyNodes(12);
    for (const i of [3, 4, 5, 11]) nodes[i]!.up = false;
    assertFair(
      random({ random: seededRandom(2) }),
      nodes,
      nodes.map((node) => (node.up ? 1 : 0)),
    );
  });

  it('is as fair when so few are left that it must look at all', () => {
    const nodes = manyNodes(3_000);
    for (const node of nodes) node.up = false;
    const left = [17, 18, 400, 2_999].map((i) => nodes[i]!);
    for (const node of left) node.up = true;
    const balancer = withNodes(random({ random: seededRandom(3) }), nodes);
    assertShares(
      countPicks(balancer, nodes, 4_000).filter((_, i) => nodes[i]!.up),
      [1, 1, 1, 1],
    );
  });

  it('repeats itself with the same source of lots', () => {
    const nodes = manyNodes(50);
    const [first, second] = [7, 7].map((seed) => withNodes(random({ random: seededRandom(seed) }), nodes));
    assert.deepEqual(picks(first!, 20), picks(second!, 20));
  });

  it('refuses options that are wrong or unknown', () => {
    assert.throws(() => random({ random: 4 as never }), InvalidOptionError);
    assert.throws(() => random(null as never), /'options' must be an object, got null/);
    assert.throws(() => random({ rnd: Math.random } as never), /'rnd' must be left out.*Known: random/);
    random({ random: undefined });
  });
});

describe('weightedRandom', () => {
  it('gives each node a chance in proportion to its weight', () => {
    const weights = [5, 1, 1, 0.5, 30, 2.25];
    assertFair(weightedRandom({ random: seededRandom(4) }), nodesOf(...weights), weights);
  });

  it('does so for weights as large as numbers get', () => {
    assertFair(weightedRandom({ random: seededRandom(5) }), nodesOf(8e307, 8e307, 4e307), [2, 2, 1]);
  });

  it('spreads the share of dead nodes over all others by weight', () => {
    const nodes = manyNodes(12, (i) => 1 + (i % 4));
    for (const i of [3, 4, 5, 11]) nodes[i]!.up = false;
    assertFair(
      weightedRandom({ random: seededRandom(6) }),
      nodes,
      nodes.map((node) => (node.up ? node.weight : 0)),
    );
  });

  it('is as fair when the usable ones weigh so little that it must look at all', () => {
    const nodes = nodesOf(1000, 1, 1000, 3, 1000);
    for (const i of [0, 2, 4]) nodes[i]!.up = false;
    assertFair(weightedRandom({ random: seededRandom(7) }), nodes, [0, 1, 0, 3, 0]);
  });

  it('follows weights that change without an update, after about two picks per node', () => {
    const nodes = manyNodes(20);
    const balancer = withNodes(weightedRandom({ random: seededRandom(8) }), nodes);
    picks(balancer, 100);
    nodes[7]!.weight = 20;
    nodes[8]!.weight = 0.25;
    picks(balancer, 41);
    assertShares(
      countPicks(balancer, nodes, 40_000),
      nodes.map((node) => node.weight),
    );
  });

  it('refuses options that are wrong or unknown', () => {
    assert.throws(() => weightedRandom({ random: 'x' as never }), InvalidOptionError);
    assert.throws(() => weightedRandom({ weight: 1 } as never), InvalidOptionError);
  });
});
