import { now, Timer } from '../pool/clock.js';
import { describeError, describeMs, describeValue } from '../pool/errors.js';
import { CallQueue } from './call-queue.js';
import { MiddlewareError } from './middleware.js';

/**
 * Hands out the right to run one call. Implement it over Redis or another store to let several processes share
 * one limit.
 */
export interface Limiter {
  /** Takes one token, if there is one: 0 = taken, more = none free, worth asking again in that many ms. */
  take(): number | PromiseLike<number>;
}

/** Questions to a shared limiter under way at once; past it calls wait for an answer, in order of arrival. */
const MAX_ASKING = 16;

/**
 * Where calls wait for their tokens, first come first served: whoever asked, a token goes to the first in line.
 * Once the limiter has none, nobody asks until it said there may be one.
 */
export class RateGate {
  readonly #line = new CallQueue(() => this.#stopWaiting());
  #asking = 0;
  /** Runs until the limiter may have a token again. */
  #refill: Timer | undefined = undefined;
  /** When that is. */
  #refillAt = 0;

  /** @param paceMs how long the limiter takes to make one token, ms; 0 = not known */
  constructor(
    private readonly limiter: Limiter,
    private readonly timeoutMs: number,
    private readonly paceMs = 0,
  ) {}

  /** Undefined = the token is taken; a promise = wait for it. */
  enter(signal: AbortSignal | undefined): Promise<void> | undefined {
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.#line.size > 0) return this.#join(signal);
    const answer = this.#take();
    if (answer === 0) return undefined;
    const turn = this.#line.join(this.#terms(signal));
    this.#hear(answer);
    return turn;
  }

  #join(signal: AbortSignal | undefined): Promise<void> {
    if (this.#cannotComeInTime()) return Promise.reject(this.#refusal());
    const turn = this.#line.join(this.#terms(signal));
    this.#ask();
    return turn;
  }

  /** Whether the token of one who joins now comes too late, as the line stands. */
  #cannotComeInTime(): boolean {
    if (this.paceMs === 0 || this.#refill === undefined) return false;
    return this.#refillAt - now() + this.#line.size * this.paceMs > this.timeoutMs;
  }

  #terms(signal: AbortSignal | undefined) {
    return { signal, timeoutMs: this.timeoutMs, timeoutError: () => this.#refusal() };
  }

  /** Asks for those in line that nobody has asked for yet. */
  #ask(): void {
    while (this.#refill === undefined && this.#asking < Math.min(this.#line.size, MAX_ASKING)) {
      this.#hear(this.#take());
    }
  }

  #take(): number | PromiseLike<number> | MiddlewareError {
    try {
      return this.limiter.take();
    } catch (error) {
      return limiterFailed(error);
    }
  }

  #hear(answer: number | PromiseLike<number> | MiddlewareError): void {
    if (typeof (answer as PromiseLike<number> | null)?.then !== 'function') {
      this.#settle(answer as number | MiddlewareError);
      return;
    }
    this.#asking++;
    const heard = (given: number | MiddlewareError) => {
      this.#asking--;
      this.#settle(given);
      this.#ask();
    };
    (answer as PromiseLike<number>).then(heard, (error: unknown) => heard(limiterFailed(error)));
  }

  /** A token that comes after everybody has left is spent for nothing. */
  #settle(answer: number | MiddlewareError): void {
    if (answer === 0) this.#line.serveFirst();
    else if (typeof answer === 'number' && answer > 0) this.#waitFor(answer);
    else this.#line.refuseFirst(answer instanceof MiddlewareError ? answer : limiterAnswered(answer));
  }

  /** No token for `ms`: those who would not wait as long are refused now, not when their time is up. */
  #waitFor(ms: number): void {
    while ((this.#line.patienceMs() ?? Infinity) < ms) this.#line.refuseFirst(this.#refusal());
    if (this.#line.size === 0 || this.#refill !== undefined) return;
    this.#refillAt = now() + ms;
    this.#refill = new Timer(
      () => {
        this.#refill = undefined;
        this.#ask();
      },
      ms,
      true,
    );
  }

  #stopWaiting(): void {
    this.#refill?.cancel();
    this.#refill = undefined;
  }

  #refusal(): MiddlewareError {
    return new MiddlewareError(
      this.timeoutMs === 0
        ? 'rate limit: no token is free, and timeoutMs 0 never waits'
        : `rate limit: no token within ${describeMs(this.timeoutMs)} (${this.#line.size} calls wait)`,
    );
  }
}

function limiterFailed(error: unknown): MiddlewareError {
  return new MiddlewareError(`rate limit: the limiter failed: ${describeError(error)}`, { cause: error });
}

function limiterAnswered(answer: unknown): MiddlewareError {
  return new MiddlewareError(
    `rate limit: the limiter must answer a number of ms from 0, got ${describeValue(answer)}`,
  );
}
