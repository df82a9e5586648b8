import { types } from 'node:util';
import { describeError } from '../pool/errors.js';
import type { Middleware } from './middleware.js';

/**
 * Makes every failure of a call a rejection with an `Error`: what was thrown synchronously is rejected, and what is
 * no `Error` (a string, `undefined`, a plain object) becomes one, with the thrown value as its `cause`. The error
 * is a plain `Error` and not a `MiddlewareError`: the call itself failed, and nothing was refused. An `Error` is
 * passed on as it is.
 *
 * Put outermost, as a cluster does by default, it lets the middleware inside (`isRetryable`) and the breaker
 * (`isFailure`) see the value that was thrown.
 */
export function recover(): Middleware {
  return async (_call, next) => {
    try {
      return await next();
    } catch (error) {
      throw toError(error);
    }
  };
}

/** What `recover` rejects with for a thrown value. */
export function toError(thrown: unknown): Error {
  // An Error of another realm (a vm context, a worker's copy) is no instance of ours.
  if (thrown instanceof Error || types.isNativeError(thrown)) return thrown;
  const { message } = (thrown ?? {}) as { message?: unknown };
  const said = typeof message === 'string' && message !== '' ? message : describeError(thrown);
  return new Error(`the call failed with something that is no Error: ${said}`, { cause: thrown });
}
