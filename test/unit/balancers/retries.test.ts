import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type BalancerName, balancerByName } from '../../../lib/cluster/balancers/index.js';
import { type FakeNode, fresh, manyNodes, nodesOf, picks, withNodes } from './fake-node.js';

const TAKING_TURNS: readonly BalancerName[] = [
  'roundRobin',
  'weightedRoundRobin',
  'smoothWeightedRoundRobin',
];

/** The ids of so many first picks, while each call that comes to a node of `slow` asks for another one. */
function firstPicks(name: BalancerName, nodes: FakeNode[], slow: readonly string[], count: number) {
  const balancer = withNodes(balancerByName(name), nodes);
  const retries = new Map(nodes.map(({ id }) => [id, 0]));
  const firsts = Array.from({ length: count }, () => {
    const first = balancer.pick(fresh) as FakeNode;
    if (slow.includes(first.id)) {
      const { id } = balancer.pick({ tried: new Set([first]) })!;
      retries.set(id, retries.get(id)! + 1);
    }
    return first.id;
  });
  return { firsts, retries: [...retries.values()] };
}

for (const name of TAKING_TURNS) {
  describe(`${name}, with calls that ask again for another node,`, () => {
    it('does not send every call to the worse one of two nodes', () => {
      const { firsts, retries } = firstPicks(name, nodesOf(1, 1), ['a'], 8);
      assert.equal(firsts.join(''), 'abababab');
      assert.deepEqual(retries, [0, 4]);
    });

    it('gives all of the others their share of what one node leaves', () => {
      const { firsts, retries } = firstPicks(name, nodesOf(1, 1, 1, 1), ['b'], 240);
      assert.equal(firsts.join(''), 'abcd'.repeat(60));
      assert.deepEqual(retries, [20, 0, 20, 20]);
    });

    it('keeps the order of the first picks, whoever asks again and how often', () => {
      const weights = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 7 });
      const asksAgain = fc.array(fc.nat(3), { minLength: 60, maxLength: 60 });
      fc.assert(
        fc.property(weights, asksAgain, (list, again) => {
          const nodes = nodesOf(...list);
          const balancer = withNodes(balancerByName(name), nodes);
          const undisturbed = withNodes(balancerByName(name), nodes);
          for (const times of again) {
            const first = balancer.pick(fresh)!;
            assert.equal(first, undisturbed.pick(fresh));
            const tried = new Set([first]);
            for (let i = 0; i < times; i++) tried.add(balancer.pick({ tried }) ?? first);
          }
        }),
        { seed: 6, numRuns: 200 },
      );
    });

    it('takes them to nodes of a new list, too', () => {
      const nodes = manyNodes(6);
      const balancer = withNodes(balancerByName(name), nodes.slice(0, 3));
      balancer.pick({ tried: new Set([nodes[0]!]) });
      balancer.update(nodes.slice(3));
      const again = picks(balancer, 4, { tried: new Set([nodes[4]!]) });
      assert.deepEqual(new Set(again), new Set(['node-3', 'node-5']));
    });
  });
}
