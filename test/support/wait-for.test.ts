import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { install } from '@sinonjs/fake-timers';
import { recordHandles } from './handles.js';
import { waitFor, waitForEvent, within } from './wait-for.js';

const SHORT = { timeoutMs: 20 };

describe('waiting in tests', () => {
  it('gives what the condition gave as soon as it is truthy', async () => {
    const answers = [0, undefined, '', 'yes', 'too late'];
    assert.equal(await waitFor('a yes', async () => answers.shift()), 'yes');
    assert.deepEqual(answers, ['too late']);
  });

  it('says what it waited for when a condition does not come true in time', () =>
    assert.rejects(
      waitFor('pigs to fly', () => false, SHORT),
      /waited 20 ms in vain for: pigs to fly/,
    ));

  it('ends with what the condition throws', () =>
    assert.rejects(
      waitFor('anything', () => assert.fail('broken')),
      /broken/,
    ));

  it("gives the arguments of an event, also those of 'error'", async () => {
    const emitter = new EventEmitter();
    const error = new Error('as expected');
    const waiting = waitForEvent(emitter, 'error');
    emitter.emit('error', error);
    assert.deepEqual(await waiting, [error]);
  });

  it('leaves no listener on an emitter, whether the event came or not', async () => {
    const emitter = new EventEmitter();
    const waiting = waitForEvent(emitter, 'yes', SHORT);
    emitter.emit('yes');
    await waiting;
    await assert.rejects(waitForEvent(emitter, 'no', SHORT), /waited 20 ms in vain for the event 'no'/);
    assert.deepEqual(emitter.eventNames(), []);
  });

  it('passes on what a promise gives or rejects with, and fails when it takes too long', async () => {
    assert.equal(await within('a value', Promise.resolve(7)), 7);
    await assert.rejects(within('an error', Promise.reject(new Error('mine'))), /mine/);
    await assert.rejects(
      within('for ever', new Promise(() => {}), SHORT),
      /waited 20 ms in vain for: for ever/,
    );
  });

  it('goes on when a test has stopped the clock', async () => {
    const clock = install();
    try {
      await assert.rejects(
        waitFor('pigs to fly', () => false, SHORT),
        /in vain/,
      );
      await assert.rejects(within('for ever', new Promise(() => {}), SHORT), /in vain/);
    } finally {
      clock.uninstall();
    }
  });

  it('leaves no timer behind', async () => {
    await null; // mocha starts the test's own timer when it has been given the promise
    const handles = recordHandles();
    await within('a value', Promise.resolve(7), { timeoutMs: 60_000 });
    const emitter = new EventEmitter();
    const waiting = waitForEvent(emitter, 'yes', { timeoutMs: 60_000 });
    emitter.emit('yes');
    await waiting;
    await handles.assertNoneLeft(SHORT);
  });
});
