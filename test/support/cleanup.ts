import { afterEach, beforeEach } from 'mocha';
import { type RecordedHandles, recordHandles } from './handles.js';

/**
 * Ends what a test has started, the last first, after each test of the `describe` block that it is made in, and sees
 * that nothing is left open. Made before the block's own hooks, which then run between its two.
 */
export class Cleanup {
  readonly #ends: (() => unknown)[] = [];

  constructor() {
    let handles: RecordedHandles;
    beforeEach(async () => {
      await new Promise(setImmediate); // so that mocha's own timer of this hook is counted too
      handles = recordHandles();
    });
    afterEach(async () => {
      for (const end of this.#ends.splice(0).reverse()) await end();
      await handles.assertNoneLeft();
    });
  }

  /** Calls it after the test. */
  after(end: () => unknown): void {
    this.#ends.push(end);
  }

  /** Disposes of it after the test. */
  add<T extends AsyncDisposable>(thing: T): T {
    this.after(() => thing[Symbol.asyncDispose]());
    return thing;
  }
}
