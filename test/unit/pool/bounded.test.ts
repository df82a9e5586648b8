import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { bounded } from '../../../lib/pool/bounded.js';
import { useFakeTime } from './support/fake-endpoint.js';

describe('a bounded callback', () => {
  const time = useFakeTime();
  const boundsOf = (controller: AbortController) => ({
    ms: 100,
    keepAlive: false,
    controller,
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
    it(`that ${how} leaves neither a timer nor a listener`, async () => {
      const controller = new AbortController();
      await bounded(work, boundsOf(controller)).catch(() => {});
      assert.equal(time.clock.countTimers(), 0);
      assert.equal(getEventListeners(controller.signal, 'abort').length, 0);
    });
  }
});
