import { TokenBucket } from 'limiter';
import { checkOptions, integerRule, type OptionRule, waitRule } from '../pool/check-options.js';
import { InvalidOptionError } from '../pool/errors.js';
import type { Middleware } from './middleware.js';
import { type Limiter, RateGate } from './rate-gate.js';

/** Options of {@link rateLimit}: a bucket of its own (`perSecond`, `burst`), or a `limiter` that is shared. */
export interface RateLimitOptions {
  /** Calls per second in the long run; may be a fraction. Above 0, up to 2^53 - 1. */
  perSecond?: number | undefined;
  /** Calls that may start at once after a quiet time: the size of the bucket. An integer from 1. @default perSecond, rounded up */
  burst?: number | undefined;
  /**
   * Longest a call waits for its token, in ms; one whose token cannot come in time, by its place in line, is refused
   * with a `MiddlewareError` at once. With a `limiter` only the first in line is told so at once, those behind it
   * when their time is up. 0 = never wait, Infinity = however long it takes. @default 30000
   */
  timeoutMs?: number | undefined;
  /**
   * A limiter to take tokens from instead of a bucket of its own, for a limit that several clusters or processes
   * share. When it fails the call is refused, with that error as the cause. `timeoutMs` bounds its answers too,
   * except 0, which waits for the answer and not for a token.
   */
  limiter?: Limiter | undefined;
}

const perSecondRule: OptionRule = {
  allowed: 'a number above 0, up to 2^53 - 1',
  accepts: (v) => typeof v === 'number' && v > 0 && v <= Number.MAX_SAFE_INTEGER,
};

/**
 * Starts at most `perSecond` calls a second, and at most `burst` at once, by the token bucket algorithm. Calls
 * wait for their tokens in order of arrival, without holding a connection; one that aborts leaves its place at
 * once. Outside of `retry` a call takes one token, inside of it every attempt does.
 *
 * @example a limit shared through Redis, with `rate-limiter-flexible`
 * const redisLimiter = new RateLimiterRedis({ storeClient: new Redis(), points: 100, duration: 1 });
 * cluster.use(rateLimit({
 *   limiter: {
 *     take: () => redisLimiter.consume('my-service').then(() => 0, (refused) => {
 *       if (refused instanceof Error) throw refused;
 *       return Math.max(1, refused.msBeforeNext);
 *     }),
 *   },
 * }));
 *
 * @throws InvalidOptionError
 */
export function rateLimit(options: RateLimitOptions): Middleware {
  checkOptions('options', options, {
    perSecond: perSecondRule,
    burst: integerRule(1),
    timeoutMs: waitRule,
    limiter: {
      allowed: 'an object with a function take()',
      accepts: (v) => typeof (v as Limiter | null)?.take === 'function',
    },
  });
  refuseContradictions(options);
  const { limiter, perSecond, timeoutMs = 30_000 } = options;
  const gate =
    limiter === undefined
      ? new RateGate(ownBucket(options), timeoutMs, 1_000 / perSecond!)
      : new RateGate(limiter, timeoutMs);
  return (call, next) => {
    const turn = gate.enter(call.signal);
    return turn === undefined ? next() : turn.then(() => next());
  };
}

function ownBucket({ perSecond, burst }: RateLimitOptions): Limiter {
  if (perSecond === undefined) {
    throw new InvalidOptionError(
      'perSecond',
      perSecond,
      `${perSecondRule.allowed}, or there must be a limiter`,
    );
  }
  const bucket = new TokenBucket({
    bucketSize: burst ?? Math.max(1, Math.ceil(perSecond)),
    tokensPerInterval: perSecond,
    interval: 1000,
  });
  bucket.content = bucket.bucketSize;
  return { take: () => (bucket.tryRemoveTokens(1) ? 0 : Math.max(1, bucket.getWaitTime(1))) };
}

function refuseContradictions(options: RateLimitOptions): void {
  if (options.limiter === undefined) return;
  for (const name of ['perSecond', 'burst'] as const) {
    if (options[name] !== undefined) {
      throw new InvalidOptionError(
        name,
        options[name],
        "left out when a limiter is given: the limit is the limiter's",
      );
    }
  }
}
