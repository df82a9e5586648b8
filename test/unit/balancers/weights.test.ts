import assert from 'node:assert/strict';
import fc from 'fast-check';
import { AliasTable } from '../../../lib/cluster/balancers/alias-table.js';
import { WeightSnapshot, wholeWeights } from '../../../lib/cluster/balancers/weights.js';
import { manyNodes } from './fake-node.js';

describe('wholeWeights', () => {
  it('leaves whole numbers as they are', () => {
    assert.deepEqual(wholeWeights([4, 3, 200]), { values: [4, 3, 200], unit: 1, total: 207 });
  });

  it('is exact for up to three decimals', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 10_000_000 }), { minLength: 1 }), (thousandths) => {
        const { values, unit } = wholeWeights(thousandths.map((weight) => weight / 1000));
        const perValue = Math.round(unit * 1000);
        assert.deepEqual(
          values.map((value) => value * perValue),
          thousandths,
        );
      }),
      { seed: 1 },
    );
  });

  it('rounds other numbers by at most five parts in a hundred, and none to nothing', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 1e-6, max: 1e6, noNaN: true }), { minLength: 1 }), (weights) => {
        const { values, unit, total } = wholeWeights(weights);
        const sum = weights.reduce((a, b) => a + b);
        for (const [i, weight] of weights.entries()) {
          assert.ok(Number.isSafeInteger(values[i]) && values[i]! >= 1);
          const error = Math.abs(values[i]! * unit - weight);
          assert.ok(
            error <= Math.max(0.0501 * weight, sum / 2 ** 39),
            `${weight} became ${values[i]! * unit}`,
          );
        }
        assert.ok(total <= 2 ** 41);
      }),
      { seed: 2 },
    );
  });

  it('keeps huge weights within what sums of whole numbers can hold', () => {
    const { values, total } = wholeWeights([1e300, 5e299, 1]);
    assert.ok(total <= 2 ** 41 && values.every(Number.isSafeInteger));
    assert.ok(Math.abs(values[0]! / values[1]! - 2) < 1e-9);
    assert.equal(values[2], 1);
  });
});

describe('WeightSnapshot', () => {
  it('is stale at the earliest after as many looks as there are nodes, and only when a weight changed', () => {
    const nodes = manyNodes(5);
    const snapshot = new WeightSnapshot(nodes);
    for (let i = 0; i < 100; i++) assert.equal(snapshot.isStale(), false);
    nodes[2]!.weight = 4;
    assert.ok(Array.from({ length: 5 }, () => snapshot.isStale()).includes(true));
    const young = new WeightSnapshot(nodes);
    nodes[0]!.weight = 4;
    assert.deepEqual(
      Array.from({ length: 6 }, () => young.isStale()),
      [false, false, false, false, true, true],
    );
    assert.equal(new WeightSnapshot([]).isStale(), false);
  });
});

describe('AliasTable', () => {
  it('gives each number exactly its share of the lots', () => {
    const weights = fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(weights, (list) => {
        const table = new AliasTable(list);
        const counts = list.map(() => 0);
        const lots = 20_000;
        for (let i = 0; i < lots; i++) counts[table.draw((i + 0.5) / lots)]!++;
        const sum = list.reduce((a, b) => a + b);
        for (const [i, weight] of list.entries()) {
          assert.ok(Math.abs(counts[i]! - (lots * weight) / sum) <= 2 * list.length, `${counts} for ${list}`);
        }
      }),
      { seed: 3, numRuns: 50 },
    );
  });
});
