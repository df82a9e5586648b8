import { InvalidOptionError } from '../pool/errors.js';
import { asPromise } from './as-promise.js';
import { CallView } from './call-view.js';
import type { Call, Middleware } from './middleware.js';

/** The innermost step: takes a connection for the call it is given and runs the caller's function. */
export type Innermost<TClient> = (call: Call<TClient>) => unknown;

/** A chain of middleware, ready to be run for any number of calls, also at the same time. */
export type Chain<TClient> = (call: Call<TClient>, innermost: Innermost<TClient>) => Promise<unknown>;

/**
 * The `next()` a composed chain really hands out: a middleware of this package may give the run a view of its own,
 * to know later what that run learnt.
 */
export type NextWithView<TClient> = (view?: Call<TClient>) => Promise<unknown>;

/**
 * Builds one function out of a list of middleware, the first outermost. The work is done here, once: a run costs
 * one view of the call and one closure per middleware. Whatever a step does (a synchronous throw, a plain value
 * instead of a promise), the next one out sees a promise.
 *
 * Each run of `next()` gives the steps inside a view of their own, and `innermost` is called with the view of its
 * run: that is the object whose `signal` it must obey and whose `node`, `client` and `attempt` it must set.
 *
 * @throws InvalidOptionError for a middleware that is not a function
 */
export function compose<TClient>(middleware: readonly Middleware<TClient>[]): Chain<TClient> {
  for (const step of middleware) {
    if (typeof step !== 'function') throw new InvalidOptionError('middleware', step, 'a function');
  }
  return middleware.reduceRight<Chain<TClient>>((inner, step) => {
    return (call, innermost) => {
      const next: NextWithView<TClient> = (view = new CallView(call)) => inner(view, innermost);
      return asPromise(() => step(call, next));
    };
  }, runInnermost);
}

function runInnermost<TClient>(call: Call<TClient>, innermost: Innermost<TClient>): Promise<unknown> {
  return asPromise(() => innermost(call));
}
