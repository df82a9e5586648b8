import { unwatchAbort, watchAbort } from './abort-watch.js';
import { currentTurn, now, turnTime } from './clock.js';
import { Deadlines } from './deadlines.js';
import type { GetOptions } from './options.js';
import { getChannel } from './tracing.js';
import type { Transport } from './transport.js';
import { WaitQueue } from './wait-queue.js';
import { Waiter } from './waiter.js';

/** What the line needs of its pool. */
export interface LineHost<TClient> {
  readonly name: string;
  readonly limits: { readonly waitTimeoutMs: number; readonly leakDetectionMs: number };
  readonly counters: { waitMsTotal: number };
  /** A waiter has run out of time and still stands in line. */
  expired(waiter: Waiter<TClient>): void;
  /** A waiter has joined that needs a dial or a check of its own. */
  pump(waiter: Waiter<TClient>): void;
}

/**
 * The calls that could not be served at once. Joining ties a call to its place, its deadline and its signal;
 * every way out goes through `#leave`, which unties all three.
 */
export class WaitingLine<TClient> {
  readonly #host: LineHost<TClient>;
  readonly #queue = new WaitQueue<TClient>();
  readonly #deadlines: Deadlines<TClient>;

  constructor(host: LineHost<TClient>) {
    this.#host = host;
    this.#deadlines = new Deadlines((waiter) => host.expired(waiter));
  }

  get size(): number {
    return this.#queue.size;
  }

  first(): Waiter<TClient> | undefined {
    return this.#queue.first();
  }

  /** The first waiter whose own dial is not under way, or the first of all; there is one. */
  firstWithoutDial(): Waiter<TClient> {
    const first = this.#queue.first()!;
    let waiter: Waiter<TClient> | undefined = first;
    while (waiter?.dialing === true) waiter = waiter.next;
    return waiter ?? first;
  }

  /** `queued`: the call found no connection free or on its way. */
  join(options: GetOptions | undefined, queued: boolean): Promise<Transport<TClient>> {
    return new Promise((resolve, reject) => {
      const waiter = new Waiter<TClient>(resolve, reject, currentTurn(), queued);
      const timeoutMs = options?.timeoutMs ?? this.#host.limits.waitTimeoutMs;
      this.#queue.push(waiter, options?.priority ?? 0);
      if (timeoutMs !== 0 && timeoutMs !== Infinity) this.#deadlines.add(waiter, timeoutMs);
      if (options?.signal !== undefined) this.#watch(waiter, options.signal);
      if (this.#host.limits.leakDetectionMs > 0) waiter.trace = new Error('taken here');
      // One that waits for others has nothing to start.
      if (!queued) this.#host.pump(waiter);
    });
  }

  #watch(waiter: Waiter<TClient>, signal: AbortSignal): void {
    const onAbort = (reason: unknown) => {
      // Another target of the same signal may have got this one served a moment ago.
      if (waiter.list !== undefined) this.reject(waiter, reason);
    };
    waiter.abortTarget = { signal, onAbort };
    watchAbort(waiter.abortTarget);
  }

  /** Takes the first waiter out, to be served; there is one. */
  shift(): Waiter<TClient> {
    const waiter = this.#queue.first()!;
    this.#leave(waiter);
    return waiter;
  }

  reject(waiter: Waiter<TClient>, error: unknown): void {
    this.#leave(waiter);
    if (getChannel.hasSubscribers) {
      getChannel.publish({ pool: this.#host.name, error, waitMs: now() - waiter.turn.startedAt });
    }
    waiter.reject(error);
  }

  rejectAll(error: Error): void {
    for (let waiter = this.first(); waiter !== undefined; waiter = this.first()) this.reject(waiter, error);
  }

  #leave(waiter: Waiter<TClient>): void {
    this.#queue.remove(waiter);
    if (waiter.queued) this.#host.counters.waitMsTotal += turnTime() - waiter.turn.startedAt;
    this.#deadlines.remove(waiter);
    if (waiter.abortTarget !== undefined) unwatchAbort(waiter.abortTarget);
  }
}
