import assert from 'node:assert/strict';
import { bounded } from '../../../lib/pool/bounded.js';
import { Cancellation } from '../../../lib/pool/cancellation.js';
import { useFakeTime } from './support/fake-endpoint.js';

describe('a bounded callback', () => {
  const time = useFakeTime();
  const boundsOf = (cancellation: Cancellation) => ({
    ms: 100,
    keepAlive: false,
    cancellation,
    timeoutError: () => new Error('too long'),
  });

  const endings: Record<string, () => unknown> = {
    'gives a value': () => 1,
    throws: () => {
      throw new Error('thrown');
    },
    resolves: async () => 1,
    rejects: () => Promise.reject(new Error('rejected')),
  };
  for (const [how, work] of Object.entries(endings)) {
    it(`that ${how} leaves no timer behind`, async () => {
      const cancellation = new Cancellation();
      await bounded(work, boundsOf(cancellation)).catch(() => {});
      assert.equal(time.clock.countTimers(), 0);
      assert.equal(cancellation.onAbort, undefined);
    });
  }

  it('that gives itself up is over at once, and its result is late', async () => {
    const cancellation = new Cancellation();
    const late: number[] = [];
    const reason = new Error('enough');
    const work = async () => {
      cancellation.abort(reason);
      return 7;
    };
    await assert.rejects(
      bounded(work, { ...boundsOf(cancellation), late: (value) => late.push(value) }),
      reason,
    );
    assert.deepEqual(late, [7]);
    assert.equal(time.clock.countTimers(), 0);
  });

  it('has a signal that aborts with it, whenever it is first asked for', () => {
    const cancellation = new Cancellation();
    const before = cancellation.signal;
    cancellation.abort('why');
    cancellation.abort('again');
    assert.deepEqual([before.aborted, before.reason], [true, 'why']);
    const late = new Cancellation();
    late.abort('gone');
    assert.deepEqual([late.signal.aborted, late.signal.reason], [true, 'gone']);
  });
});
