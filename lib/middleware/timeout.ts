import type { AbortTarget } from '../pool/abort-watch.js';
import { unwatchAbort, watchAbort } from '../pool/abort-watch.js';
import { checkOptions, required } from '../pool/check-options.js';
import { Timer } from '../pool/clock.js';
import { ConnPoolError, describeMs } from '../pool/errors.js';
import { asPromise } from './as-promise.js';
import type { Call, Middleware } from './middleware.js';

/** Options of {@link timeout}. */
export interface TimeoutOptions {
  /** Longest the inside may take, in ms: waiting for a connection, the call, and what stands inside, such as retries. Finite, above 0. */
  timeoutMs: number;
}

/**
 * A call took longer than the `timeoutMs` of {@link timeout}: `ERR_CALL_TIMEOUT`. Unlike a caller's own abort it
 * counts as a failure of the node, unless the call only stood in line for a connection.
 */
export class CallTimeoutError extends ConnPoolError {
  /** The limit that was exceeded, ms. */
  readonly timeoutMs: number;
  /** The node the call was at. */
  readonly nodeId: string;

  constructor(call: Call, timeoutMs: number) {
    const what = call.method === undefined ? 'a call' : `'${call.method}'`;
    super(
      'ERR_CALL_TIMEOUT',
      `${what} took longer than ${describeMs(timeoutMs)} (node '${call.node.id}', attempt ${call.attempt})`,
    );
    this.timeoutMs = timeoutMs;
    this.nodeId = call.node.id;
  }
}

/**
 * Bounds a call: when the time is up, `call.signal` aborts with a {@link CallTimeoutError} and the call rejects
 * with it at once, whether or not the inside obeys the signal. Outside of `retry` it bounds all attempts
 * together, inside each one by itself.
 *
 * @throws InvalidOptionError
 */
export function timeout(options: TimeoutOptions): Middleware {
  checkOptions('options', options, {
    timeoutMs: required({
      allowed: 'a finite number of ms above 0',
      accepts: (v) => Number.isFinite(v) && (v as number) > 0,
    }),
  });
  const { timeoutMs } = options;
  return (call, next) => {
    if (call.signal?.aborted) return Promise.reject(call.signal.reason);
    return new Promise((resolve, reject) => new TimedRun(call, timeoutMs, resolve, reject).start(next));
  };
}

/** One call under a time limit. It ends once: with the inside's result, the timer or the caller's abort. */
class TimedRun implements AbortTarget {
  /** The caller's signal; the inside has one of its own. */
  readonly signal: AbortSignal | undefined;
  readonly #controller = new AbortController();
  readonly #timer: Timer;

  constructor(
    private readonly call: Call,
    timeoutMs: number,
    private readonly resolve: (value: unknown) => void,
    private readonly reject: (error: unknown) => void,
  ) {
    this.signal = call.signal;
    // Somebody waits for this deadline, so it keeps the process alive.
    this.#timer = new Timer(() => this.onAbort(new CallTimeoutError(call, timeoutMs)), timeoutMs, true);
  }

  start(next: () => Promise<unknown>): void {
    watchAbort(this);
    this.call.signal = this.#controller.signal;
    asPromise(next).then(
      (value) => {
        this.#end();
        this.resolve(value);
      },
      (error: unknown) => {
        this.#end();
        this.reject(error);
      },
    );
  }

  onAbort(reason: unknown): void {
    this.#end();
    this.reject(reason);
    this.#controller.abort(reason);
  }

  #end(): void {
    this.#timer.cancel();
    unwatchAbort(this);
    this.call.signal = this.signal;
  }
}
