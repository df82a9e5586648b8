import assert from 'node:assert/strict';
import FakeTimers, { type Clock } from '@sinonjs/fake-timers';
import { type Call, compose, type Innermost, type Middleware } from '../../../lib/middleware/index.js';
import type { Node } from '../../../lib/pool/node.js';

/** A node that nothing runs on. */
export function fakeNode(id = 'a'): Node {
  return { id, endpoint: { id, host: `${id}.test`, port: 7000 }, weight: 1, inFlight: 0, available: true };
}

/** A call as a cluster starts it. */
export function fakeCall(over: Partial<Call> = {}): Call {
  return { node: fakeNode(), client: undefined, attempt: 1, ...over };
}

/** Runs calls through middleware, as a cluster does. */
export function chainOf(
  ...middleware: Middleware[]
): (innermost: Innermost<unknown>, call?: Call) => Promise<unknown> {
  const chain = compose(middleware);
  return (innermost, call = fakeCall()) => chain(call, innermost);
}

/** A promise and the functions that settle it. */
export interface Deferred<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(error: unknown): void;
}

export function defer<T = unknown>(): Deferred<T> {
  let resolve!: (value: T) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((res, rej) => {
    resolve = res;
    reject = rej;
  });
  return { promise, resolve, reject };
}

/** Runs a test on simulated time; afterwards no timer may be left. */
export async function withClock(test: (clock: Clock) => Promise<void>): Promise<void> {
  const clock = FakeTimers.install({
    loopLimit: 5_000,
    toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'clearImmediate', 'performance', 'Date'],
  });
  try {
    await test(clock as Clock);
    assert.equal(clock.countTimers(), 0, 'a timer was left behind');
  } finally {
    clock.uninstall();
  }
}

/** A promise's outcome so far; runs the microtasks that are due first. */
export async function stateOf(promise: Promise<unknown>): Promise<'pending' | 'fulfilled' | 'rejected'> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
  const pending = Symbol('pending');
  return Promise.race([promise, Promise.resolve(pending)]).then(
    (value) => (value === pending ? 'pending' : 'fulfilled'),
    () => 'rejected' as const,
  );
}

/** What a promise rejects with; fails when it does not. */
export function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    (value) => assert.fail(`resolved with ${String(value)}`),
    (error: unknown) => error,
  );
}

/** How many 'abort' listeners a signal has. */
export { getEventListeners } from 'node:events';
