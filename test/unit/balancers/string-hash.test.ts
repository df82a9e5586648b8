import assert from 'node:assert/strict';
import { hashString, mix32 } from '../../../lib/cluster/balancers/string-hash.js';
import { assertShares } from './statistics.js';

describe('hashString', () => {
  it('never changes, for processes of different versions must agree', () => {
    assert.deepEqual(
      ['', 'a', 'user-1', 'Grüße', '\u{1f600}'].map((text) => hashString(text)),
      [2872998923, 444641715, 2005895916, 837503086, 1787143206],
    );
  });

  it('gives 32-bit numbers that are spread evenly, also for texts that differ little', () => {
    const buckets = Array<number>(64).fill(0);
    for (let i = 0; i < 64_000; i++) buckets[hashString(`key-${i}`) >>> 26]!++;
    assertShares(buckets, Array(64).fill(1));
  });

  it('differs by seed', () => {
    assert.notEqual(hashString('node', 1), hashString('node', 2));
  });
});

describe('mix32', () => {
  it('is the finisher of MurmurHash3', () => {
    assert.equal(mix32(0), 0);
    assert.equal(mix32(1), 0x514e28b7);
    assert.equal(mix32(0xffffffff), 0x81f16f39);
  });
});
