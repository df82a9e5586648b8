import assert from 'node:assert/strict';
import { Loans } from '../../../../lib/clients/generic-pool/loans.js';
import { Slot } from '../../../../lib/clients/generic-pool/slot.js';
import type { Transport } from '../../../../lib/pool/transport.js';

/** A transport as far as the books look at it. */
function transportOf(resource: string): Transport<Slot<string>> {
  const slot = new Slot(
    resource,
    () => {},
    () => {},
  );
  return { client: slot } as Transport<Slot<string>>;
}

describe('the books of a generic-pool', () => {
  it('find a loan by its resource and forget it when it ends', () => {
    const loans = new Loans<string>();
    const loan = loans.add(transportOf('a'));
    assert.ok(loans.has('a'));
    assert.equal(loans.take('a'), loan);
    assert.ok(!loans.has('a'));
    assert.equal(loans.take('a'), undefined);
    assert.equal(loans.size, 0);
  });

  it('end a loan once', () => {
    const loans = new Loans<string>();
    const loan = loans.add(transportOf('a'));
    assert.equal(loans.end(loan), true);
    assert.equal(loans.end(loan), false);
    assert.equal(loans.size, 0);
  });

  it('keep apart the loans of equal resources, whichever ends first', () => {
    for (const order of [
      [0, 1, 2],
      [2, 1, 0],
      [1, 0, 2],
      [1, 2, 0],
    ]) {
      const loans = new Loans<string>();
      const three = ['a', 'a', 'a'].map((resource) => loans.add(transportOf(resource)));
      for (const [done, at] of order.entries()) {
        assert.equal(loans.has('a'), true);
        assert.equal(loans.end(three[at]!), true);
        assert.equal(loans.end(three[at]!), false);
        assert.equal(loans.size, 2 - done);
      }
      assert.equal(loans.has('a'), false);
    }
  });
});
