import { type AbortTarget, unwatchAbort, watchAbort } from '../pool/abort-watch.js';
import { checkOptions, delayRule, required } from '../pool/check-options.js';
import { Timer } from '../pool/clock.js';
import { asPromise } from './as-promise.js';
import { CallView } from './call-view.js';
import type { NextWithView } from './compose.js';
import { type Budget, type LoadBudgetOptions, loadBudget } from './load-budget.js';
import { type Call, type Middleware, MiddlewareError } from './middleware.js';

/** Options of {@link hedge}. */
export interface HedgeOptions {
  /**
   * How long the first attempt may take before a second one starts, in ms. About the 95th percentile of the calls'
   * usual time is a good choice: then one call in twenty is sent twice. Finite, from 0.
   */
  delayMs: number;
  /**
   * Which calls may be sent twice: the names of their methods, or a function that decides. Left out, the cluster's
   * calls are all taken to be idempotent: that is what using `hedge` says then.
   */
  isIdempotent?: readonly string[] | ((call: Call) => boolean) | undefined;
  /** Most extra load that hedging may cause; past it calls are sent once. `false` = no limit. @default { ratio: 0.1, minPerSecond: 10 } */
  budget?: LoadBudgetOptions | false | undefined;
}

/**
 * Cuts the slow tail of a call's latency: when the first attempt has not answered after `delayMs`, a second one starts on
 * another node, and the first success wins. The loser's signal aborts, so that its connection is closed and not
 * left in use. Failures are not hedged (that is `retry`'s): a first attempt that fails before the delay rejects
 * at once, and when both fail the call rejects with the first attempt's error.
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
  });
  const { delayMs } = options;
  const mayHedge = predicate(options.isIdempotent);
  const budget = loadBudget(options.budget, { ratio: 0.1, minPerSecond: 10 });
  return (call, next) => {
    if (!mayHedge(call)) return next();
    if (call.signal?.aborted) return Promise.reject(call.signal.reason);
    budget.deposit();
    return new Promise((resolve, reject) => {
      new HedgedRun(call, next as NextWithView<unknown>, budget, { resolve, reject }).start(delayMs);
    });
  };
}

function predicate(isIdempotent: HedgeOptions['isIdempotent']): (call: Call) => boolean {
  if (isIdempotent === undefined) return () => true;
  if (typeof isIdempotent === 'function') return isIdempotent;
  const methods = new Set(isIdempotent);
  return (call) => call.method !== undefined && methods.has(call.method);
}

/** One of the two attempts, with its own view of the call. */
interface Attempt {
  readonly controller: AbortController;
  readonly view: Call;
  error?: unknown;
}

interface Outcome {
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** One call, sent once or twice. It ends once: with a success, the last failure or the caller's abort. */
class HedgedRun implements AbortTarget {
  /** The caller's signal; each attempt has one of its own. */
  readonly signal: AbortSignal | undefined;
  readonly #attempts: Attempt[] = [];
  #running = 0;
  #over = false;
  #timer: Timer | undefined;

  constructor(
    private readonly call: Call,
    private readonly next: NextWithView<unknown>,
    private readonly budget: Budget,
    private readonly outcome: Outcome,
  ) {
    this.signal = call.signal;
  }

  start(delayMs: number): void {
    watchAbort(this);
    this.#timer = new Timer(() => this.#sendAgain(), delayMs, true);
    this.#send();
  }

  onAbort(reason: unknown): void {
    this.#end();
    this.outcome.reject(reason);
    for (const { controller } of this.#attempts) controller.abort(reason);
  }

  #sendAgain(): void {
    if (this.budget.tryWithdraw()) this.#send();
  }

  #send(): void {
    const controller = new AbortController();
    this.call.signal = controller.signal;
    const attempt: Attempt = { controller, view: new CallView(this.call) };
    this.#attempts.push(attempt);
    this.#running++;
    asPromise(() => this.next(attempt.view)).then(
      (value) => this.#succeeded(attempt, value),
      (error: unknown) => this.#failed(attempt, error),
    );
  }

  #succeeded(winner: Attempt, value: unknown): void {
    if (this.#over) return;
    this.#end();
    this.#show(winner);
    this.outcome.resolve(value);
    const lost = new MiddlewareError('hedge: the other attempt of this call was faster');
    // Not the winner's own signal: what it gave (a stream, a response body) may still hang on it.
    for (const attempt of this.#attempts) if (attempt !== winner) attempt.controller.abort(lost);
  }

  #failed(attempt: Attempt, error: unknown): void {
    if (this.#over) return;
    attempt.error = error;
    this.#running--;
    if (this.#running > 0) return;
    this.#end();
    const first = this.#attempts[0]!;
    this.#show(first);
    this.outcome.reject(first.error);
  }

  /** Those outside see the node and the client of the attempt that counted, not of the one that started last. */
  #show(attempt: Attempt): void {
    this.call.node = attempt.view.node;
    this.call.client = attempt.view.client;
  }

  #end(): void {
    this.#over = true;
    this.#timer?.cancel();
    unwatchAbort(this);
    this.call.signal = this.signal;
  }
}
