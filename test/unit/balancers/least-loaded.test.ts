import assert from 'node:assert/strict';
import { leastLoaded } from '../../../lib/cluster/balancers/index.js';
import { InvalidOptionError } from '../../../lib/pool/errors.js';
import { countPicks, type FakeNode, fresh, manyNodes, nodesOf, picks, withNodes } from './fake-node.js';
import { assertShares, seededRandom } from './statistics.js';

describe('leastLoaded', () => {
  it('picks the one of two nodes that has fewer calls in flight', () => {
    const nodes = nodesOf(1, 1);
    const balancer = withNodes(leastLoaded({ random: seededRandom(1) }), nodes);
    nodes[0]!.inFlight = 3;
    nodes[1]!.inFlight = 2;
    assert.equal(picks(balancer, 20).join(''), 'b'.repeat(20));
    nodes[1]!.inFlight = 4;
    assert.equal(picks(balancer, 20).join(''), 'a'.repeat(20));
  });

  it('counts calls for their share of the weight', () => {
    const nodes = nodesOf(1, 4);
    const balancer = withNodes(leastLoaded({ random: seededRandom(2) }), nodes);
    nodes[0]!.inFlight = 2;
    nodes[1]!.inFlight = 7;
    assert.equal(picks(balancer, 20).join(''), 'b'.repeat(20));
    nodes[1]!.inFlight = 9;
    assert.equal(picks(balancer, 20).join(''), 'a'.repeat(20));
    nodes[0]!.weight = 0.5;
    assert.equal(picks(balancer, 20).join(''), 'b'.repeat(20), 'the weight of the moment');
  });

  it('tosses for equally loaded nodes, wherever they are in the list', () => {
    const nodes = nodesOf(1, 1, 1, 1, 1);
    const balancer = withNodes(leastLoaded({ random: seededRandom(3) }), nodes);
    assertShares(countPicks(balancer, nodes, 40_000), [1, 1, 1, 1, 1]);
  });

  it('tosses with odds by weight, so that an idle cluster is used by weight', () => {
    const nodes = nodesOf(1, 3);
    const balancer = withNodes(leastLoaded({ random: seededRandom(4) }), nodes);
    assertShares(countPicks(balancer, nodes, 40_000), [1, 3]);
  });

  it('gives the neighbours of dead nodes no more than the others', () => {
    const nodes = manyNodes(12);
    for (const i of [3, 4, 5, 11]) nodes[i]!.up = false;
    const balancer = withNodes(leastLoaded({ random: seededRandom(5) }), nodes);
    assertShares(
      countPicks(balancer, nodes, 40_000),
      nodes.map((node) => (node.up ? 1 : 0)),
    );
  });

  it('is as fair, and prefers the less loaded, when so few are left that it must look at all', () => {
    const nodes = manyNodes(3_000);
    for (const node of nodes) node.up = false;
    const left = [17, 18, 400, 2_999].map((i) => nodes[i]!);
    for (const node of left) node.up = true;
    const balancer = withNodes(leastLoaded({ random: seededRandom(6) }), nodes);
    const counts = countPicks(balancer, nodes, 4_000).filter((_, i) => nodes[i]!.up);
    assertShares(counts, [1, 1, 1, 1]);
    left[1]!.inFlight = 1;
    for (let i = 0; i < 50; i++) assert.notEqual(balancer.pick(fresh), left[1]);
  });

  it('levels the load of many nodes far better than chance', () => {
    const most = (pick: (nodes: FakeNode[]) => FakeNode) => {
      const nodes = manyNodes(100);
      for (let i = 0; i < 10_000; i++) pick(nodes).inFlight++;
      return Math.max(...nodes.map((node) => node.inFlight));
    };
    const byChance = seededRandom(7);
    const balancer = leastLoaded({ random: seededRandom(8) });
    const withTwoChoices = most((nodes) => withNodes(balancer, nodes).pick(fresh) as FakeNode);
    const withOne = most((nodes) => nodes[Math.floor(byChance() * nodes.length)]!);
    assert.ok(withTwoChoices <= 105, `${withTwoChoices} calls on one node, of 100 on average`);
    assert.ok(withOne > 115, `${withOne} by chance`);
  });

  it('refuses options that are wrong or unknown', () => {
    assert.throws(() => leastLoaded({ random: 0 as never }), InvalidOptionError);
    assert.throws(() => leastLoaded({ choices: 3 } as never), InvalidOptionError);
  });
});
