import assert from 'node:assert/strict';
import { ConnPool } from '../../../lib/pool/index.js';
import { nearestName } from '../../../lib/pool/nearest-name.js';

describe('the name nearest to a mistyped one', () => {
  const known = ['maxActive', 'maxIdle', 'minIdle', 'wait', 'heartbeat'];

  for (const [typed, meant] of [
    ['maxActve', 'maxActive'],
    ['maxactive', 'maxActive'],
    ['minIdel', 'minIdle'],
    ['hartbeat', 'heartbeat'],
    ['wiat', 'wait'],
  ] as const) {
    it(`is ${meant} for ${typed}`, () => {
      assert.equal(nearestName(typed, known), meant);
    });
  }

  it('is none when nothing comes near', () => {
    assert.equal(nearestName('retries', known), undefined);
    assert.equal(nearestName('maxActive', []), undefined);
  });

  it('stands in the message about an unknown option', () => {
    const options = { dial: () => ({}), close() {}, maxActve: 3 };
    assert.throws(() => new ConnPool(options), { message: /'maxActve'.*did you mean 'maxActive'\?/ });
  });
});
