import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { type Clock, install } from '@sinonjs/fake-timers';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { pause, RetryPause } from '../../../lib/discovery/retry-pause.js';

describe('RetryPause', () => {
  let clock: Clock;
  beforeEach(() => {
    clock = install();
  });
  afterEach(() => clock.uninstall());

  /** How long the next pause takes, to the ms. */
  async function lengthOf(retry: RetryPause): Promise<number> {
    let isOver = false;
    const startedAt = clock.now;
    const wait = retry.wait(new AbortController().signal).then(() => {
      isOver = true;
    });
    while (!isOver) await clock.tickAsync(1);
    await wait;
    return clock.now - startedAt;
  }

  it('doubles from 50 ms up to a second, less up to half at random', async () => {
    for (let round = 0; round < 20; round++) {
      const retry = new RetryPause();
      for (const longest of [50, 100, 200, 400, 800, 1_000, 1_000, 1_000]) {
        const length = await lengthOf(retry);
        assert.ok(length >= longest / 2 - 1 && length <= longest + 1, `${length} of ${longest}`);
      }
    }
  });

  it('has other ends for who wants them', async () => {
    const retry = new RetryPause(100, 300);
    for (const longest of [100, 200, 300, 300]) {
      const length = await lengthOf(retry);
      assert.ok(length >= longest / 2 - 1 && length <= longest + 1, `${length} of ${longest}`);
    }
  });

  it('differs from one source to the next', async () => {
    const lengths = new Set<number>();
    for (let i = 0; i < 20; i++) lengths.add(await lengthOf(new RetryPause()));
    assert.ok(lengths.size > 3);
  });

  it('is short again after a success', async () => {
    const retry = new RetryPause();
    for (let i = 0; i < 6; i++) await lengthOf(retry);
    retry.reset();
    assert.ok((await lengthOf(retry)) <= 51);
  });

  it('ends with its signal, and leaves neither timer nor listener', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const waiting = new RetryPause().wait(signal);
    assert.deepEqual([clock.countTimers(), getEventListeners(signal, 'abort').length], [1, 1]);
    controller.abort();
    await waiting;
    assert.deepEqual([clock.countTimers(), getEventListeners(signal, 'abort').length], [0, 0]);
    await pause(1_000, signal);
    assert.equal(clock.countTimers(), 0);
  });

  it('leaves no listener when it was waited out', async () => {
    const { signal } = new AbortController();
    const waiting = pause(10, signal);
    await clock.tickAsync(10);
    await waiting;
    assert.equal(getEventListeners(signal, 'abort').length, 0);
  });
});
