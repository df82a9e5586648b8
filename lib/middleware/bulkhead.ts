import { checkOptions, countRule, integerRule, required } from '../pool/check-options.js';
import { CallQueue } from './call-queue.js';
import { type Middleware, MiddlewareError } from './middleware.js';

/** Options of {@link bulkhead}. */
export interface BulkheadOptions {
  /** Calls that may run at once. An integer from 1. */
  maxConcurrent: number;
  /** Calls that may wait for their turn; one more is refused with a `MiddlewareError`. An integer from 0, or Infinity. @default 0 */
  maxWaiting?: number | undefined;
}

/**
 * Keeps one kind of call from taking everything: at most `maxConcurrent` run at once, the next ones wait in order
 * of arrival, and past `maxWaiting` they are refused. A call that aborts while it waits leaves its place at once.
 * How long a call may wait is for a `timeout` outside of it to say.
 *
 * @throws InvalidOptionError
 */
export function bulkhead(options: BulkheadOptions): Middleware {
  checkOptions('options', options, { maxConcurrent: required(integerRule(1)), maxWaiting: countRule(0) });
  const gate = new Gate(options.maxConcurrent, options.maxWaiting ?? 0);
  return async (call, next) => {
    await gate.enter(call.signal);
    try {
      return await next();
    } finally {
      gate.leave();
    }
  };
}

class Gate {
  readonly #line = new CallQueue(() => {});
  #running = 0;

  constructor(
    private readonly maxConcurrent: number,
    private readonly maxWaiting: number,
  ) {}

  /** Undefined = come in; a promise = wait for it. */
  enter(signal: AbortSignal | undefined): Promise<void> | undefined {
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.#running < this.maxConcurrent) {
      this.#running++;
      return undefined;
    }
    if (this.#line.size >= this.maxWaiting) return Promise.reject(this.#refusal());
    return this.#line.join({ signal, timeoutMs: Infinity, timeoutError: () => this.#refusal() });
  }

  /** The place of a call that is over goes to the first in line, or stays free. */
  leave(): void {
    if (!this.#line.serveFirst()) this.#running--;
  }

  #refusal(): MiddlewareError {
    return new MiddlewareError(
      `bulkhead: ${this.#running} calls run (maxConcurrent ${this.maxConcurrent}) and ` +
        `${this.#line.size} wait (maxWaiting ${this.maxWaiting})`,
    );
  }
}
