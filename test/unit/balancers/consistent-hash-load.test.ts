import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  type Balancer,
  type ConsistentHashOptions,
  consistentHash,
} from '../../../lib/cluster/balancers/index.js';
import { type FakeNode, manyNodes, nodesOf, withNodes } from './fake-node.js';
import { seededRandom } from './statistics.js';

/** Starts a call as a cluster does. */
function start(balancer: Balancer, hashKey: string): FakeNode {
  const node = balancer.pick({ hashKey, tried: new Set() }) as FakeNode;
  node.inFlight++;
  return node;
}

/** The most calls a node may have, of those in flight on nodes that are up. */
function bound(node: FakeNode, nodes: readonly FakeNode[], loadFactor: number): number {
  const up = nodes.filter((other) => other.up);
  const calls = up.reduce((sum, other) => sum + other.inFlight, 0);
  const weight = up.reduce((sum, other) => sum + other.weight, 0);
  return Math.ceil((loadFactor * calls * node.weight) / weight - 1e-6);
}

describe('consistentHash bounds the load', () => {
  it('of every node that takes a call, however the keys fall and calls end', () => {
    const scenario = fc.record({
      weights: fc.array(fc.constantFrom(1, 1, 1, 2, 5, 0.5), { minLength: 1, maxLength: 40 }),
      loadFactor: fc.constantFrom(1, 1.25, 2),
      keyCount: fc.constantFrom(1, 3, 1_000),
      seed: fc.nat(),
    });
    fc.assert(
      fc.property(scenario, ({ weights, loadFactor, keyCount, seed }) => {
        const random = seededRandom(seed);
        const nodes = manyNodes(weights.length, (i) => weights[i]!);
        const balancer = withNodes(consistentHash({ loadFactor }), nodes);
        const running: FakeNode[] = [];
        for (let step = 0; step < 400; step++) {
          if (random() < 0.4 && running.length > 0) {
            const [ended] = running.splice(Math.floor(random() * running.length), 1) as [FakeNode];
            ended.inFlight--;
            balancer.report?.(ended, 1, false);
            continue;
          }
          const node = start(balancer, `key-${Math.floor(random() * keyCount)}`);
          running.push(node);
          const most = bound(node, nodes, loadFactor);
          assert.ok(node.inFlight <= most, `${node.inFlight} calls on a node that may have ${most}`);
        }
      }),
      { seed: 1, numRuns: 80 },
    );
  });

  it('at 1.25 times the fair share by default', () => {
    const nodes = manyNodes(10);
    const balancer = withNodes(consistentHash(), nodes);
    for (let i = 0; i < 1_000; i++) start(balancer, 'the one key');
    assert.deepEqual(
      nodes.map((node) => node.inFlight).sort((a, b) => b - a),
      [125, 125, 125, 125, 125, 125, 125, 125, 0, 0],
    );
  });

  it('not at all with a factor of Infinity', () => {
    const nodes = manyNodes(10);
    const balancer = withNodes(consistentHash({ loadFactor: Infinity }), nodes);
    for (let i = 0; i < 1_000; i++) start(balancer, 'the one key');
    assert.equal(Math.max(...nodes.map((node) => node.inFlight)), 1_000);
  });

  it('and sends a key back to its node once there is room', () => {
    const nodes = manyNodes(10);
    const balancer = withNodes(consistentHash(), nodes);
    const home = balancer.pick({ hashKey: 'k', tried: new Set() }) as FakeNode;
    home.inFlight = 100;
    balancer.report?.(home, 1, false);
    assert.notEqual(balancer.pick({ hashKey: 'k', tried: new Set() }), home);
    home.inFlight = 0;
    balancer.report?.(home, 1, false);
    assert.equal(balancer.pick({ hashKey: 'k', tried: new Set() }), home);
  });

  it('by the nodes that are up: those that are down have no share', () => {
    const nodes = manyNodes(10);
    for (const node of nodes.slice(2)) {
      node.up = false;
      node.inFlight = 50;
    }
    const balancer = withNodes(consistentHash(), nodes);
    for (let i = 0; i < 100; i++) {
      const node = start(balancer, 'k');
      assert.ok(node.inFlight <= bound(node, nodes, 1.25));
    }
  });

  it('but rather overloads a node than to refuse a call', () => {
    const nodes = nodesOf(1, 1);
    const balancer = withNodes(consistentHash(), nodes);
    nodes[0]!.inFlight = 100;
    assert.equal(balancer.pick({ hashKey: 'k', tried: new Set([nodes[1]!]) }), nodes[0]);
  });

  it('by all calls started so far, also on nodes that it has not come to since', () => {
    const nodes = manyNodes(1_000);
    const balancer = withNodes(consistentHash(), nodes);
    for (let i = 0; i < 805; i++) start(balancer, `key-${i}`);
    assert.equal(
      Math.max(...nodes.map((node) => node.inFlight)),
      2,
      'the share is 0.805, the bound just above 1',
    );
    const before = new Set(nodes.filter((node) => node.inFlight === 1));
    const keys = Array.from({ length: 5 }, (_, i) => `key-${i}`);
    assert.ok(keys.every((key) => before.has(balancer.pick({ hashKey: key, tried: new Set() }) as FakeNode)));
  });

  it('by the calls that have not ended, once it is told so', () => {
    const nodes = manyNodes(1_000);
    for (const node of nodes) node.inFlight = 2;
    const balancer = withNodes(consistentHash(), nodes);
    const home = balancer.pick({ hashKey: 'k', tried: new Set() }) as FakeNode;
    for (const node of nodes) {
      node.inFlight = node === home ? 1 : 0;
      balancer.report?.(node, 1, false);
    }
    assert.notEqual(balancer.pick({ hashKey: 'k', tried: new Set() }), home);
  });

  it('also when it is not told of the calls that end, within one pick per node', () => {
    const nodes: FakeNode[] = manyNodes(100);
    for (const node of nodes) node.inFlight = 10;
    const balancer: Balancer = withNodes(consistentHash(), nodes);
    for (const node of nodes) node.inFlight = 0;
    const home = balancer.pick({ hashKey: 'k', tried: new Set() }) as FakeNode;
    for (let i = 0; i < 100; i++) balancer.pick({ hashKey: 'k', tried: new Set() });
    home.inFlight = 2;
    assert.notEqual(balancer.pick({ hashKey: 'k', tried: new Set() }), home);
  });

  it('and ignores reports of nodes it does not have', () => {
    const options: ConsistentHashOptions = { loadFactor: 1 };
    const nodes = nodesOf(1, 1);
    const balancer = withNodes(consistentHash(options), nodes);
    balancer.report?.(manyNodes(1)[0]!, 5, true);
    assert.ok(balancer.pick({ hashKey: 'k', tried: new Set() }));
  });
});
