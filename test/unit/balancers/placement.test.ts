import assert from 'node:assert/strict';
import fc from 'fast-check';
import { NOWHERE, placed } from '../../../lib/cluster/balancers/placement.js';
import { FakeNode } from './fake-node.js';

describe('placed', () => {
  it('has each node on the ring of its weight alone, with all its points, after any changes', () => {
    const list = fc.array(fc.constantFrom(0, 0.3, 1, 1, 15, 16, 900), { minLength: 12, maxLength: 12 });
    fc.assert(
      fc.property(fc.array(list, { minLength: 1, maxLength: 6 }), fc.boolean(), (lists, reversed) => {
        let placement = NOWHERE;
        for (const [turn, weights] of lists.entries()) {
          const nodes = weights.flatMap((weight, i) =>
            weight === 0 ? [] : new FakeNode(`node-${i}`, weight),
          );
          placement = placed(placement, reversed && turn % 2 === 1 ? nodes.reverse() : nodes);
        }
        const seen = new Map<number, number>();
        for (const [key, { ring, maxWeight }] of placement.classes) {
          let last = -1;
          for (let i = 0; i < ring.points.length; i += 2) {
            const owner = ring.points[i + 1]!;
            assert.ok(ring.points[i]! >= last, 'places rise');
            last = ring.points[i]!;
            assert.equal(placement.classOf[owner], key);
            assert.ok(placement.nodes[owner]!.weight <= maxWeight);
            seen.set(owner, (seen.get(owner) ?? 0) + 1);
          }
        }
        assert.deepEqual(
          placement.nodes.map((_, i) => seen.get(i)),
          placement.nodes.map(() => 128),
        );
      }),
      { seed: 1, numRuns: 100 },
    );
  });

  it('leaves the rings alone where nothing changed', () => {
    const nodes = [1, 1, 40].map((weight, i) => new FakeNode(`node-${i}`, weight));
    const before = placed(NOWHERE, nodes);
    nodes[0]!.weight = 3;
    const after = placed(before, [...nodes, new FakeNode('heavy', 50)]);
    assert.equal(after.classes.get(0)?.ring, before.classes.get(0)?.ring);
    assert.notEqual(after.classes.get(1)?.ring, before.classes.get(1)?.ring);
  });
});
