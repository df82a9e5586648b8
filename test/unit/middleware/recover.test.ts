import assert from 'node:assert/strict';
import { createContext, runInContext } from 'node:vm';
import { describe, it } from 'mocha';
import { MiddlewareError, recover } from '../../../lib/middleware/index.js';
import { chainOf, fakeCall, rejection } from './call-fixture.js';

const run = chainOf(recover());
const failWith = (value: unknown) => rejection(run(() => Promise.reject(value))) as Promise<Error>;

describe('recover', () => {
  it('passes on results and Errors as they are', async () => {
    const error = new TypeError('no');
    assert.equal(await run(() => 7), 7);
    assert.equal(await failWith(error), error);
  });

  it('makes a synchronous throw a rejection, also outside of a chain', async () => {
    const error = new Error('at once');
    const thrown = recover()(fakeCall(), () => {
      throw error;
    });
    assert.equal(await rejection(thrown), error);
  });

  for (const [what, value, said] of [
    ['a string', 'boom', "'boom' (string)"],
    ['undefined', undefined, 'undefined'],
    ['null', null, 'null'],
    ['a number', 42, '42 (number)'],
    ['an object with a message', { code: 14, message: 'unavailable' }, 'unavailable'],
    ['an object without one', { status: 500 }, 'an object'],
  ] as const) {
    it(`makes ${what} an Error with the thrown value as its cause`, async () => {
      const error = await failWith(value);
      assert.ok(error instanceof Error);
      assert.ok(!(error instanceof MiddlewareError), 'the call failed, nothing was refused');
      assert.equal(error.message, `the call failed with something that is no Error: ${said}`);
      assert.ok('cause' in error);
      assert.equal(error.cause, value);
    });
  }

  it('leaves an Error of another realm alone', async () => {
    const foreign: unknown = runInContext('new Error("elsewhere")', createContext());
    assert.ok(!(foreign instanceof Error));
    assert.equal(await failWith(foreign), foreign);
  });
});
