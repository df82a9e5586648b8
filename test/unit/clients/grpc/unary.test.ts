import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { type UnaryCallback, unary } from '../../../../lib/clients/grpc/index.js';

/** A call that the test ends. */
function fakeCall() {
  const call = {
    cancelled: 0,
    done: undefined as UnaryCallback<string> | undefined,
    start: (done: UnaryCallback<string>) => {
      call.done = done;
      return { cancel: () => call.cancelled++ };
    },
  };
  return call;
}

describe('unary', () => {
  it('gives the answer', async () => {
    const call = fakeCall();
    const promise = unary<string>(call.start);
    call.done?.(null, 'hello');
    assert.equal(await promise, 'hello');
  });

  it("rejects with grpc-js's own error", async () => {
    const call = fakeCall();
    const promise = unary<string>(call.start);
    const outcome = { code: status.NOT_FOUND, details: 'no', metadata: new Metadata() };
    const error: ServiceError = Object.assign(new Error('no'), outcome);
    call.done?.(error);
    await assert.rejects(promise, error);
  });

  it('rejects with what starting the call threw', () =>
    assert.rejects(
      unary(() => {
        throw new Error('bad argument');
      }),
      /bad argument/,
    ));

  it('cancels the call when the signal aborts, and leaves no listener behind', async () => {
    const call = fakeCall();
    const controller = new AbortController();
    const promise = unary<string>(call.start, { signal: controller.signal });
    controller.abort(new Error('enough'));
    await assert.rejects(promise, /enough/);
    assert.equal(call.cancelled, 1);
    call.done?.(null, 'too late');
    assert.equal(getEventListeners(controller.signal, 'abort').length, 0);
  });

  it('leaves no listener behind when the call ends', async () => {
    const call = fakeCall();
    const { signal } = new AbortController();
    const promise = unary<string>(call.start, { signal });
    assert.equal(getEventListeners(signal, 'abort').length, 1);
    call.done?.(null, 'hello');
    await promise;
    assert.equal(getEventListeners(signal, 'abort').length, 0);
  });

  it('starts nothing when the signal has aborted', async () => {
    const signal = AbortSignal.abort(new Error('before'));
    await assert.rejects(
      unary(() => assert.fail('it started'), { signal }),
      /before/,
    );
  });
});
