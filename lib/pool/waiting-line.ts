import { unwatchAbort, watchAbort } from './abort-watch.js';
import { currentTurn, now, turnTime } from './clock.js';
import type { GetOptions } from './options.js';
import { getChannel } from './tracing.js';
import type { Transport } from './transport.js';
import { WaitQueue } from './wait-queue.js';
import { Waiter } from './waiter.js';

/** How far to look for a waiter without a dial of its own: a longer search would make dials slow in long queues. */
const MAX_STEPS = 16;

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
  readonly #queue: WaitQueue<TClient>;

  constructor(host: LineHost<TClient>) {
    this.#host = host;
    this.#queue = new WaitQueue((waiter) => host.expired(waiter));
  }

  get size(): number {
    return this.#queue.size;
  }

  first(): Waiter<TClient> | undefined {
    return this.#queue.first();
  }

  /** A waiter whose own dial is not under way, if one stands near the front; else the first. There is one. */
  firstWithoutDial(): Waiter<TClient> {
    const first = this.#queue.first()!;
    let waiter: Waiter<TClient> | undefined = first;
    for (let steps = 0; waiter?.dialing === true && steps < MAX_STEPS; steps++) waiter = waiter.next;
    return waiter === undefined || waiter.dialing ? first : waiter;
  }

  /** `queued`: the call found no connection free or on its way. */
  join(options: GetOptions | undefined, queued: boolean): Promise<Transport<TClient>> {
    const waiter = new Waiter<TClient>(currentTurn(), queued);
    const timeoutMs = options?.timeoutMs ?? this.#host.limits.waitTimeoutMs;
    this.#queue.push(waiter, options?.priority ?? 0, timeoutMs === 0 ? Infinity : timeoutMs);
    if (options?.signal !== undefined) this.#watch(waiter, options.signal);
    if (this.#host.limits.leakDetectionMs > 0) waiter.trace = new Error('taken here');
    // One that waits for others has nothing to start.
    if (!queued) this.#host.pump(waiter);
    return waiter.promise;
  }

  #watch(waiter: Waiter<TClient>, signal: AbortSignal): void {
    const onAbort = (reason: unknown) => {
      // Another target of the same signal may have got this one served a moment ago.
      if (waiter.lane !== undefined) this.reject(waiter, reason);
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

  /** Tells subscribers that the waiter is being served. */
  announce({ turn }: Waiter<TClient>, client: TClient): void {
    if (!getChannel.hasSubscribers) return;
    getChannel.publish({ pool: this.#host.name, client, waitMs: Math.max(0, turnTime() - turn.startedAt) });
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
    if (waiter.abortTarget !== undefined) unwatchAbort(waiter.abortTarget);
  }
}
