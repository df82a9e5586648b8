import { checkOptions, delayRule, limitRule, required } from '../pool/check-options.js';
import type { NextWithView } from './compose.js';
import { HedgedRun, type HedgePlan } from './hedged-run.js';
import { type LoadBudgetOptions, loadBudget } from './load-budget.js';
import { LostAttempts } from './lost-attempts.js';
import type { Call, Middleware } from './middleware.js';
import { verdict } from './verdict.js';

/** Options of {@link hedge}. */
export interface HedgeOptions {
  /**
   * How long the first attempt may take before a second one starts, in ms. About the 95th percentile of the calls'
   * usual time is a good choice: then one call in twenty is sent twice. Finite, from 0.
   */
  delayMs: number;
  /**
   * Which calls may be sent twice: the names of their methods, or a function that decides; one that throws or gives
   * a promise says no. Left out, every call is hedged, those that write too.
   */
  isIdempotent?: readonly string[] | ((call: Call) => boolean) | undefined;
  /** Most extra load that hedging may cause; past it calls are sent once. `false` = no limit. @default { ratio: 0.1, minPerSecond: 10 } */
  budget?: LoadBudgetOptions | false | undefined;
  /**
   * How long a node may stay silent after the other attempt was answered, in ms, before that is its failure. Looked
   * at only where a node's last three attempts have lost, on one attempt at a time. Above 0; Infinity = never.
   * @default 10 times delayMs, at least 100
   */
  silentAfterMs?: number | undefined;
}

/**
 * Cuts the slow tail of a call's latency: when the first attempt has not answered after `delayMs`, a second one starts,
 * on another node where there is one, and the first success wins. The loser's signal aborts, so that its connection
 * is closed and not left in use. Failures are not hedged (that is `retry`'s): a first attempt that fails before the
 * delay rejects at once, and when both fail the call rejects with the first attempt's error.
 *
 * Losing says nothing about a node, it may be merely slower. But once a node has lost three attempts in a row and
 * answered none, one that loses there runs on: when it stays silent for `silentAfterMs` more, its signal aborts with
 * a `CallTimeoutError`, which is a failure of the node. So a node that does not answer at all is noticed.
 *
 * For idempotent calls only: a hedged call may run twice although nothing failed, and an attempt that lost may have
 * had its effect all the same. Without `isIdempotent` every call is hedged, those that write too.
 *
 * @throws InvalidOptionError
 */
export function hedge(options: HedgeOptions): Middleware {
  checkOptions('options', options, {
    delayMs: required(delayRule),
    isIdempotent: {
      allowed: 'a list of method names or a function',
      accepts: (v) =>
        typeof v === 'function' || (Array.isArray(v) && v.every((name) => typeof name === 'string')),
    },
    budget: { allowed: 'an object or false', accepts: (v) => v === false || typeof v === 'object' },
    silentAfterMs: limitRule,
  });
  const { delayMs } = options;
  const mayHedge = predicate(options.isIdempotent);
  const plan: HedgePlan = {
    delayMs,
    budget: loadBudget(options.budget, { ratio: 0.1, minPerSecond: 10 }),
    silentAfterMs: options.silentAfterMs ?? Math.max(100, 10 * delayMs),
    lostAttempts: new LostAttempts(),
  };
  return (call, next) => {
    if (!mayHedge(call)) return next();
    if (call.signal?.aborted) return Promise.reject(call.signal.reason);
    plan.budget.deposit();
    return new Promise((resolve, reject) => {
      new HedgedRun(call, next as NextWithView<unknown>, plan, { resolve, reject }).start();
    });
  };
}

function predicate(isIdempotent: HedgeOptions['isIdempotent']): (call: Call) => boolean {
  if (isIdempotent === undefined) return () => true;
  if (typeof isIdempotent === 'function')
    return (call) => verdict('isIdempotent', () => isIdempotent(call), false);
  const methods = new Set(isIdempotent);
  return (call) => call.method !== undefined && methods.has(call.method);
}
