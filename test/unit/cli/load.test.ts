import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { Load } from '../../../lib/cli/load/load.js';

describe('a load', () => {
  it('keeps so many callers busy, each with one call at a time', async () => {
    let now = 0;
    let most = 0;
    const load = new Load({
      async call() {
        most = Math.max(most, ++now);
        await turn();
        now--;
      },
    });
    await load.run({ concurrency: 7, durationMs: 30 });
    assert.equal(most, 7);
    assert.ok(load.results > 7);
    assert.equal(load.started, load.results);
    assert.equal(load.lost, 0);
  });

  it('numbers its calls from 1', async () => {
    const numbers: number[] = [];
    const ending = new AbortController();
    const load = new Load({
      async call(n) {
        numbers.push(n);
        if (n === 3) ending.abort();
      },
    });
    await load.run({ concurrency: 1, durationMs: 10_000, signal: ending.signal });
    assert.deepEqual(numbers, [1, 2, 3]);
  });

  it('counts errors by kind: their name, with their code', async () => {
    const ending = new AbortController();
    const errors = [Object.assign(new Error('x'), { code: 'ECONNRESET' }), new RangeError('y'), 'text'];
    const load = new Load({
      async call(n) {
        if (n === errors.length) ending.abort();
        throw errors[n - 1];
      },
      isAnswer: () => true,
    });
    await load.run({ concurrency: 1, durationMs: 10_000, signal: ending.signal });
    assert.deepEqual(Object.fromEntries(load.errors), { 'Error (ECONNRESET)': 1, RangeError: 1, text: 1 });
    assert.equal(load.errorCount, 3);
    assert.equal(load.lost, 0);
  });

  it('rests after a failed call, but not after an error that is an answer', async () => {
    const fail = async () => {
      await turn();
      throw new Error('no');
    };
    const failing = new Load({ call: fail });
    const answered = new Load({ call: fail, isAnswer: () => true });
    await Promise.all([
      failing.run({ concurrency: 1, durationMs: 120 }),
      answered.run({ concurrency: 1, durationMs: 120 }),
    ]);
    assert.ok(failing.started <= 4, `${failing.started} calls in 120 ms with rests of 50 ms`);
    assert.ok(answered.started > failing.started);
  });

  it('starts no call after it was ended early, and waits for those under way', async () => {
    const ending = new AbortController();
    let answer = () => {};
    const load = new Load({ call: () => new Promise<void>((resolve) => (answer = resolve)) });
    const running = load.run({ concurrency: 1, durationMs: 60_000, signal: ending.signal });
    ending.abort();
    await turn();
    assert.equal(load.lost, 1);
    answer();
    await running;
    assert.equal(load.results, 1);
    assert.equal(load.started, 1);
  });
});
