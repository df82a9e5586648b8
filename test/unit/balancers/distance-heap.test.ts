import assert from 'node:assert/strict';
import fc from 'fast-check';
import { DistanceHeap } from '../../../lib/cluster/balancers/distance-heap.js';

describe('DistanceHeap', () => {
  it('gives the nearest of what it holds, whatever was put in and taken out before', () => {
    const steps = fc.array(fc.oneof(fc.nat(20), fc.constant('pop' as const)), { maxLength: 200 });
    fc.assert(
      fc.property(steps, (list) => {
        const heap = new DistanceHeap();
        const held: number[] = [];
        for (const step of [...list, ...list.map(() => 'pop' as const)]) {
          if (step === 'pop') assert.equal(heap.pop(), held.shift());
          else {
            heap.push(step, step / 2);
            held.push(step);
            held.sort((a, b) => a - b);
          }
          assert.equal(heap.least, held.length === 0 ? Infinity : held[0]! / 2);
        }
      }),
      { seed: 8, numRuns: 300 },
    );
  });
});
