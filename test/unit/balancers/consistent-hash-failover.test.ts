import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Balancer, consistentHash } from '../../../lib/cluster/balancers/index.js';
import { type FakeNode, manyNodes, nodesOf, withNodes } from './fake-node.js';

/** Where one call goes that every node refuses. */
function failover(balancer: Balancer, hashKey?: string): string[] {
  const tried = new Set<FakeNode>();
  for (;;) {
    const node = balancer.pick({ tried, ...(hashKey === undefined ? {} : { hashKey }) });
    if (node === undefined) return [...tried].map(({ id }) => id);
    assert.ok(node.available && !tried.has(node as FakeNode));
    tried.add(node as FakeNode);
  }
}

/** The same order, found by taking each node down in turn. */
function preference(nodes: FakeNode[], hashKey: string): string[] {
  const balancer = withNodes(consistentHash({ loadFactor: Infinity }), nodes);
  const up = nodes.filter((node) => node.up);
  const order: string[] = [];
  for (;;) {
    const node = balancer.pick({ tried: new Set(), hashKey }) as FakeNode | undefined;
    if (node === undefined) break;
    order.push(node.id);
    node.up = false;
  }
  for (const node of up) node.up = true;
  return order;
}

describe('consistentHash takes a call that node after node refuses', () => {
  it('to the nodes in the order in which its key prefers them, to the last', () => {
    const weights = fc.array(fc.constantFrom(0.3, 1, 1, 2, 3, 40, 1000), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(weights, fc.array(fc.nat(39)), fc.string(), (list, down, key) => {
        const nodes = nodesOf(...list);
        for (const i of down) if (i < nodes.length) nodes[i]!.up = false;
        const balancer = withNodes(consistentHash({ loadFactor: Infinity }), nodes);
        assert.deepEqual(failover(balancer, key), preference(nodes, key));
      }),
      { seed: 7, numRuns: 300 },
    );
  });

  it('to the same nodes in every process', () => {
    const nodes = manyNodes(60, (i) => 1 + (i % 3));
    const here = withNodes(consistentHash(), nodes);
    const there = withNodes(consistentHash(), manyNodes(60, (i) => 1 + (i % 3)).reverse());
    for (const key of ['a', 'b', 'c']) assert.deepEqual(failover(here, key), failover(there, key));
  });

  it('to every node also without a key', () => {
    const nodes = manyNodes(50);
    assert.equal(failover(withNodes(consistentHash(), nodes)).length, 50);
  });

  it('to nodes with room first, and to full ones rather than to none', () => {
    const nodes = manyNodes(40);
    for (const node of nodes.slice(0, 20)) node.inFlight = 100;
    const order = failover(withNodes(consistentHash(), nodes), 'k');
    const full = new Set(nodes.slice(0, 20).map(({ id }) => id));
    const preferred = preference(nodes, 'k');
    assert.deepEqual(order, [
      ...preferred.filter((id) => !full.has(id)),
      ...preferred.filter((id) => full.has(id)),
    ]);
  });

  it('to nodes that come up, come new or gain weight while it is on its way', () => {
    const nodes = manyNodes(30);
    const late = nodes[7]!;
    late.up = false;
    const balancer = withNodes(consistentHash(), nodes);
    const tried = new Set<FakeNode>();
    const next = () => {
      const node = balancer.pick({ tried, hashKey: 'k' }) as FakeNode | undefined;
      if (node !== undefined) tried.add(node);
      return node;
    };
    for (let i = 0; i < 29; i++) assert.notEqual(next(), undefined);
    assert.equal(next(), undefined);
    late.up = true;
    assert.equal(next(), late);
    assert.equal(next(), undefined);
    const [guest] = manyNodes(31).slice(30);
    balancer.update([...nodes, guest!]);
    assert.equal(next(), guest);
    guest!.weight = 3;
    assert.equal(next(), undefined);
  });

  it('apart from other calls that are refused at the same time', () => {
    const nodes = manyNodes(40);
    const balancer = withNodes(consistentHash({ loadFactor: Infinity }), nodes);
    const alone = ['x', 'y'].map((key) => failover(balancer, key));
    const calls = ['x', 'y'].map((hashKey) => ({ hashKey, tried: new Set<FakeNode>() }));
    for (let i = 0; i < 40; i++) {
      for (const call of calls) call.tried.add(balancer.pick(call) as FakeNode);
    }
    assert.deepEqual(
      calls.map(({ tried }) => [...tried].map(({ id }) => id)),
      alone,
    );
  });
});
