import assert from 'node:assert/strict';
import { roundRobin } from '../../../lib/cluster/balancers/index.js';
import { countPicks, FakeNode, manyNodes, nodesOf, picks, withNodes } from './fake-node.js';

describe('roundRobin', () => {
  it('picks each node in turn, whatever its weight', () => {
    const balancer = withNodes(roundRobin(), nodesOf(1, 9, 2));
    assert.equal(picks(balancer, 7).join(''), 'abcabca');
  });

  it('gives the neighbour of a dead node no more than the others', () => {
    const nodes = manyNodes(10);
    for (const i of [2, 3, 4]) nodes[i]!.up = false;
    const balancer = withNodes(roundRobin(), nodes);
    assert.deepEqual(countPicks(balancer, nodes, 700), [100, 100, 0, 0, 0, 100, 100, 100, 100, 100]);
  });

  it('keeps its place when it finds nothing', () => {
    const nodes = nodesOf(1, 1, 1);
    const balancer = withNodes(roundRobin(), nodes);
    picks(balancer, 1);
    assert.equal(balancer.pick({ tried: new Set(nodes) }), undefined);
    assert.equal(picks(balancer, 3).join(''), 'bca');
  });

  it('goes on with the node whose turn it is when the list changes', () => {
    const [a, b, c, d] = nodesOf(1, 1, 1, 1) as [FakeNode, FakeNode, FakeNode, FakeNode];
    const balancer = withNodes(roundRobin(), [a, b, c, d]);
    assert.equal(picks(balancer, 2).join(''), 'ab');
    balancer.update([a, b, c, d]);
    assert.equal(picks(balancer, 1).join(''), 'c');
    balancer.update([new FakeNode('x'), d, a, b, c]);
    assert.equal(picks(balancer, 2).join(''), 'da');
    balancer.update([a, d]);
    assert.equal(picks(balancer, 2).join(''), 'da', 'b and c, whose turns came first, are gone');
    balancer.update([new FakeNode('y'), new FakeNode('z')]);
    assert.equal(picks(balancer, 2).join(''), 'yz');
  });

  it('treats all alike while the list changes all the time', () => {
    const nodes = manyNodes(10);
    const balancer = withNodes(roundRobin(), nodes);
    const counts = new Map<string, number>();
    for (let i = 0; i < 1_000; i++) {
      balancer.update(i % 2 === 0 ? nodes : [...nodes, new FakeNode(`guest-${i}`)]);
      for (const id of picks(balancer, 3)) counts.set(id, (counts.get(id) ?? 0) + 1);
    }
    for (const { id } of nodes) assert.ok(Math.abs(counts.get(id)! - 290) <= 15, `${id}: ${counts.get(id)}`);
  });
});
