import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Balancer, consistentHash } from '../../../lib/cluster/balancers/index.js';
import { InvalidOptionError } from '../../../lib/pool/errors.js';
import { countPicks, FakeNode, manyNodes, nodesOf, withNodes } from './fake-node.js';
import { assertNear, seededRandom } from './statistics.js';

const KEYS = Array.from({ length: 4_000 }, (_, i) => `user-${i}`);

/** Who each key belongs to while nothing is in flight. */
function owners(balancer: Balancer, keys: readonly string[] = KEYS): string[] {
  return keys.map((hashKey) => balancer.pick({ hashKey, tried: new Set() })?.id ?? '-');
}

/** The keys that have another owner now. */
function moved(before: readonly string[], after: readonly string[]): { from: string; to: string }[] {
  return before.flatMap((from, i) => (from === after[i] ? [] : [{ from, to: after[i]! }]));
}

const weighted = fc
  .uniqueArray(fc.integer({ min: 0, max: 999 }), { minLength: 2, maxLength: 20 })
  .chain((ids) =>
    fc
      .array(fc.constantFrom(0.1, 1, 1, 1, 2, 3, 7, 50), { minLength: ids.length, maxLength: ids.length })
      .map((weights) => ids.map((id, i) => new FakeNode(`10.0.0.${id}:80`, weights[i]))),
  );

describe('consistentHash', () => {
  it('sends a key to the same node every time', () => {
    const balancer = withNodes(consistentHash(), manyNodes(10));
    const first = owners(balancer);
    assert.deepEqual(owners(balancer), first);
    assert.equal(new Set(first).size, 10);
  });

  it('agrees with every other process, whatever the order and history of its list', () => {
    const lists = fc.array(weighted, { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(lists, fc.nat(), (history, turn) => {
        const balancer = consistentHash();
        for (const nodes of history) balancer.update(nodes);
        const last = history.at(-1)!;
        const rotated = [...last.slice(turn % last.length), ...last.slice(0, turn % last.length)];
        const keys = KEYS.slice(0, 300);
        assert.deepEqual(owners(balancer, keys), owners(withNodes(consistentHash(), rotated), keys));
      }),
      { seed: 1, numRuns: 100 },
    );
  });

  it('moves only the keys of a node that goes, about its share, and back when it returns', () => {
    fc.assert(
      fc.property(weighted, fc.nat(), (nodes, which) => {
        const balancer = withNodes(consistentHash(), nodes);
        const before = owners(balancer);
        const gone = nodes[which % nodes.length]!;
        balancer.update(nodes.filter((node) => node !== gone));
        const moves = moved(before, owners(balancer));
        assert.ok(moves.every(({ from }) => from === gone.id));
        const share = gone.weight / nodes.reduce((sum, node) => sum + node.weight, 0);
        assert.ok(moves.length <= KEYS.length * (share * 1.4 + 0.01), `${moves.length} keys, share ${share}`);
        balancer.update(nodes);
        assert.deepEqual(owners(balancer), before);
      }),
      { seed: 2, numRuns: 60 },
    );
  });

  it('moves keys only to a node that comes, about its share', () => {
    fc.assert(
      fc.property(weighted, fc.nat(), (nodes, which) => {
        const coming = nodes[which % nodes.length]!;
        const balancer = withNodes(
          consistentHash(),
          nodes.filter((node) => node !== coming),
        );
        const before = owners(balancer);
        balancer.update(nodes);
        const moves = moved(before, owners(balancer));
        assert.ok(moves.every(({ to }) => to === coming.id));
        const share = coming.weight / nodes.reduce((sum, node) => sum + node.weight, 0);
        assert.ok(moves.length <= KEYS.length * (share * 1.4 + 0.01), `${moves.length} keys, share ${share}`);
      }),
      { seed: 3, numRuns: 60 },
    );
  });

  it('moves keys only to a node that gains weight and only from one that loses it', () => {
    const nodes = manyNodes(10, (i) => 1 + (i % 3));
    const balancer = withNodes(consistentHash(), nodes);
    let before = owners(balancer);
    for (const [weight, gains] of [
      [3.5, true],
      [9, true],
      [200, true],
      [8, false],
      [0.2, false],
    ] as const) {
      nodes[4]!.weight = weight;
      balancer.update(nodes);
      const after = owners(balancer);
      const moves = moved(before, after);
      assert.ok(moves.length > 0);
      assert.ok(moves.every(({ from, to }) => (gains ? to : from) === 'node-4'));
      before = after;
    }
  });

  it('follows weights that change without an update', () => {
    const nodes = manyNodes(10);
    const balancer = withNodes(consistentHash(), nodes);
    owners(balancer);
    nodes[4]!.weight = 30;
    owners(balancer, KEYS.slice(0, 20));
    assert.deepEqual(owners(balancer), owners(withNodes(consistentHash(), nodes)));
  });

  it('gives each node about the share of its weight, also where weights are far apart', () => {
    const weights = [1, 1, 2, 2, 3, 4, 8, 8, 20, 0.5];
    const nodes = nodesOf(...weights);
    const counts = new Map(nodes.map(({ id }) => [id, 0]));
    const keys = Array.from({ length: 40_000 }, (_, i) => `key/${i}`);
    for (const id of owners(withNodes(consistentHash(), nodes), keys)) counts.set(id, counts.get(id)! + 1);
    assertNear([...counts.values()], weights, 0.3);
  });

  it('gives the keys of a dead node to many others, and nothing else moves', () => {
    const nodes = manyNodes(10);
    const balancer = withNodes(consistentHash(), nodes);
    const before = owners(balancer);
    nodes[3]!.up = false;
    const moves = moved(before, owners(balancer));
    assert.ok(moves.every(({ from }) => from === 'node-3'));
    const heirs = nodes.filter((node) => node.up).map(({ id }) => moves.filter(({ to }) => to === id).length);
    assert.ok(Math.max(...heirs) < moves.length / 4, `${heirs}: nobody takes over for it alone`);
    assert.ok(Math.min(...heirs) > 0);
  });

  it('sends a key that was tried on its node always to the same next one', () => {
    const nodes = manyNodes(5);
    const balancer = withNodes(consistentHash(), nodes);
    for (const hashKey of KEYS.slice(0, 50)) {
      const first = balancer.pick({ hashKey, tried: new Set() })!;
      const second = balancer.pick({ hashKey, tried: new Set([first]) })!;
      assert.notEqual(second, first);
      assert.equal(balancer.pick({ hashKey, tried: new Set([first]) }), second);
    }
  });

  it('takes any node by weight for calls without a key', () => {
    const nodes = nodesOf(1, 3, 2);
    const balancer = withNodes(consistentHash({ random: seededRandom(1) }), nodes);
    assertNear(countPicks(balancer, nodes, 20_000), [1, 3, 2], 0.2);
  });

  it('takes the empty string for a key', () => {
    const balancer = withNodes(consistentHash({ random: assert.fail }), nodesOf(1, 1, 1));
    const first = balancer.pick({ hashKey: '', tried: new Set() });
    for (let i = 0; i < 20; i++) assert.equal(balancer.pick({ hashKey: '', tried: new Set() }), first);
  });

  it('refuses options that are wrong or unknown', () => {
    for (const loadFactor of [0.99, -1, Number.NaN, '2', null]) {
      assert.throws(
        () => consistentHash({ loadFactor } as never),
        /'loadFactor' must be a number from 1, or Infinity/,
      );
    }
    assert.throws(() => consistentHash({ replicas: 3 } as never), InvalidOptionError);
    consistentHash({ loadFactor: undefined });
  });
});
