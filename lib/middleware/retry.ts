import { checkOptions, delayRule, functionRule, integerRule } from '../pool/check-options.js';
import { PoolClosedError } from '../pool/errors.js';
import { type Budget, type LoadBudgetOptions, loadBudget } from './load-budget.js';
import { type Call, type Middleware, MiddlewareError } from './middleware.js';
import { sleep } from './sleep.js';
import { verdict } from './verdict.js';

/** Options of {@link retry}. */
export interface RetryOptions {
  /** Further attempts after a failed first one. An integer from 0. @default 2 */
  retries?: number | undefined;
  /**
   * Longest pause before the first retry, in ms; doubled per retry. The pause is drawn between 0 and that ("full
   * jitter"), so that callers do not come back in step. Finite, from 0. @default 50
   */
  delayMs?: number | undefined;
  /** Longest pause whatever the number of retries, in ms. Finite, from 0. @default 10000 */
  maxDelayMs?: number | undefined;
  /**
   * Whether a call that failed with `error` may run again. It may have had its effect before it failed: allow only
   * what is safe to do twice. One that throws or gives a promise says no, and a process warning tells.
   * @default every error but a `MiddlewareError`
   */
  isRetryable?: ((error: unknown, call: Call) => boolean) | undefined;
  /**
   * Most extra load that retries may cause; past it a failed call fails as it would without `retry`. `false` = no
   * limit. @default { ratio: 0.2, minPerSecond: 10 }
   */
  budget?: LoadBudgetOptions | false | undefined;
  /** Draws the jitter: a number from 0 up to but not including 1. @default Math.random */
  random?: (() => number) | undefined;
}

interface Plan {
  readonly retries: number;
  readonly delayMs: number;
  readonly maxDelayMs: number;
  readonly isRetryable: (error: unknown, call: Call) => boolean;
  readonly budget: Budget;
  readonly random: () => number;
}

/**
 * Runs a failed call again: after a pause with exponential backoff and full jitter, on an untried node where there
 * is one, within a budget of extra load (Finagle's: a share of the calls of the last ten seconds and a small
 * allowance per second). It gives up at once, also in the middle of a pause, when the caller's signal aborts, and
 * never retries a caller's abort or a `PoolClosedError`, whatever `isRetryable` says. The call rejects with the
 * error of its last attempt.
 *
 * @throws InvalidOptionError
 */
export function retry(options: RetryOptions = {}): Middleware {
  checkOptions('options', options, {
    retries: integerRule(0),
    delayMs: delayRule,
    maxDelayMs: delayRule,
    isRetryable: functionRule,
    budget: { allowed: 'an object or false', accepts: (v) => v === false || typeof v === 'object' },
    random: functionRule,
  });
  const plan: Plan = {
    retries: options.retries ?? 2,
    delayMs: options.delayMs ?? 50,
    maxDelayMs: options.maxDelayMs ?? 10_000,
    isRetryable: options.isRetryable ?? ((error) => !(error instanceof MiddlewareError)),
    budget: loadBudget(options.budget, { ratio: 0.2, minPerSecond: 10 }),
    random: options.random ?? Math.random,
  };
  return async (call, next) => {
    plan.budget.deposit();
    for (let retried = 0; ; retried++) {
      try {
        return await next();
      } catch (error) {
        if (!mayRetry(plan, error, call, retried)) throw error;
      }
      await sleep(backoff(plan, retried), call.signal);
    }
  };
}

function mayRetry(plan: Plan, error: unknown, call: Call, retried: number): boolean {
  return (
    retried < plan.retries &&
    !call.signal?.aborted &&
    !(error instanceof PoolClosedError) &&
    verdict('isRetryable', () => plan.isRetryable(error, call), false) &&
    plan.budget.tryWithdraw()
  );
}

function backoff(plan: Plan, retried: number): number {
  // Exponent capped, the product stays finite.
  return plan.random() * Math.min(plan.maxDelayMs, plan.delayMs * 2 ** Math.min(retried, 30));
}
