import { type AbortTarget, unwatchAbort, watchAbort } from '../pool/abort-watch.js';
import { now, Timer } from '../pool/clock.js';
import { asPromise } from './as-promise.js';
import { CallView } from './call-view.js';
import type { NextWithView } from './compose.js';
import type { Budget } from './load-budget.js';
import type { LostAttempts } from './lost-attempts.js';
import { type Call, MiddlewareError } from './middleware.js';
import { CallTimeoutError } from './timeout.js';

/** What all calls of one hedge share. */
export interface HedgePlan {
  readonly delayMs: number;
  readonly budget: Budget;
  readonly silentAfterMs: number;
  readonly lostAttempts: LostAttempts;
}

/** One of the two attempts, with its own view of the call. */
interface Attempt {
  readonly controller: AbortController;
  readonly view: Call;
  readonly startedAt: number;
  isOver: boolean;
  /** Runs while the attempt has lost and may still answer. */
  lastChance: Timer | undefined;
  error?: unknown;
}

interface Outcome {
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** One call, sent once or twice. It ends once: with a success, the last failure or the caller's abort. */
export class HedgedRun implements AbortTarget {
  /** The caller's signal; each attempt has one of its own. */
  readonly signal: AbortSignal | undefined;
  readonly #attempts: Attempt[] = [];
  #running = 0;
  #over = false;
  #timer: Timer | undefined;

  constructor(
    private readonly call: Call,
    private readonly next: NextWithView<unknown>,
    private readonly plan: HedgePlan,
    private readonly outcome: Outcome,
  ) {
    this.signal = call.signal;
  }

  start(): void {
    watchAbort(this);
    this.#timer = new Timer(() => this.#sendAgain(), this.plan.delayMs, true);
    this.#send();
  }

  onAbort(reason: unknown): void {
    this.#end();
    this.outcome.reject(reason);
    for (const { controller } of this.#attempts) controller.abort(reason);
  }

  #sendAgain(): void {
    if (this.plan.budget.tryWithdraw()) this.#send();
  }

  #send(): void {
    const controller = new AbortController();
    this.call.signal = controller.signal;
    const view = new CallView(this.call);
    const attempt: Attempt = { controller, view, startedAt: now(), isOver: false, lastChance: undefined };
    this.#attempts.push(attempt);
    this.#running++;
    asPromise(() => this.next(view)).then(
      (value) => this.#succeeded(attempt, value),
      (error: unknown) => this.#failed(attempt, error),
    );
  }

  #succeeded(winner: Attempt, value: unknown): void {
    this.#ended(winner);
    if (this.#over) return;
    this.#end();
    this.#show(winner);
    this.outcome.resolve(value);
    // Not the winner's own signal: what it gave (a stream, a response body) may still hang on it.
    for (const attempt of this.#attempts) if (attempt !== winner) this.#lose(attempt);
  }

  #failed(attempt: Attempt, error: unknown): void {
    this.#ended(attempt);
    if (this.#over) return;
    attempt.error = error;
    this.#running--;
    if (this.#running > 0) return;
    this.#end();
    const first = this.#attempts[0]!;
    this.#show(first);
    this.outcome.reject(first.error);
  }

  /** An attempt ended by itself, or because it was given up. */
  #ended(attempt: Attempt): void {
    const { lostAttempts } = this.plan;
    attempt.isOver = true;
    attempt.lastChance?.cancel();
    if (!attempt.controller.signal.aborted) lostAttempts.answered(attempt.view.node);
  }

  #lose(attempt: Attempt): void {
    if (attempt.isOver) return;
    const { node } = attempt.view;
    const { silentAfterMs, lostAttempts } = this.plan;
    if (silentAfterMs === Infinity || !lostAttempts.lost(node)) {
      attempt.controller.abort(new MiddlewareError('hedge: the other attempt of this call was faster'));
      return;
    }
    const silent = () => {
      lostAttempts.watched(node);
      const ranMs = Math.round(now() - attempt.startedAt);
      attempt.controller.abort(new CallTimeoutError(attempt.view, ranMs));
    };
    // The attempt is still under way, and whoever closes the cluster waits for it.
    attempt.lastChance = new Timer(silent, silentAfterMs, true);
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
