import { bounded } from './bounded.js';
import { Cancellation } from './cancellation.js';
import { now, Timer } from './clock.js';
import { Connection } from './connection.js';
import { DialTimeoutError, describeError, HeartbeatError } from './errors.js';
import type { CloseReason, ConnPoolOptions, ResolvedLimits } from './options.js';
import type { Counters } from './stats.js';
import { dialChannel } from './tracing.js';
import { DONE } from './transport.js';
import type { Listed } from './unordered-list.js';

/** Who asked for a dial: a waiting `get`, or a fill (warm-up, refill of `minIdle`). */
export interface DialRequester {
  /** Whether its dial is under way. */
  dialing: boolean;
}

/** How a dial is run and what its failure means. */
export interface DialPlan {
  readonly requester: DialRequester;
  /** Attempts in all. */
  readonly attempts: number;
  /** Whether somebody waits for it: then its timers keep the process alive. */
  readonly keepAlive: boolean;
}

/** What a dial needs of its pool. */
export interface DialHost<TClient, TMeta> {
  readonly name: string;
  readonly options: ConnPoolOptions<TClient, TMeta>;
  readonly limits: ResolvedLimits;
  readonly generation: number;
  reportBroken(conn: Connection<TClient>, error: unknown): void;
  readonly counters: Counters;
  readonly heartbeats: { started(): void; failed(error: unknown, client: TClient): void };
  attemptFailed(error: unknown, attempt: number): void;
  /** Closes a client that never became a connection of the pool. */
  discard(client: TClient, reason: CloseReason, error: unknown): void;
  dialed(run: DialRun<TClient, TMeta>, conn: Connection<TClient>): void;
  gaveUp(run: DialRun<TClient, TMeta>, attempts: number, error: unknown): void;
}

/** One dial with its retries; counts as one connection being dialed from `start` to its end. */
export class DialRun<TClient, TMeta> implements Listed {
  slot = -1;
  readonly plan: DialPlan;
  readonly #host: DialHost<TClient, TMeta>;
  /** Resolves when the run has ended, cancelled or not. */
  ended: Promise<void> = DONE;
  #cancelled = false;
  /** Aborts the attempt under way. */
  #attempt: Cancellation | undefined;
  /** Ends the pause between two attempts. */
  #endPause: (() => void) | undefined;

  constructor(host: DialHost<TClient, TMeta>, plan: DialPlan) {
    this.#host = host;
    this.plan = plan;
  }

  start(): void {
    this.ended = this.#run();
  }

  /** Tells the host how it went; never rejects. */
  async #run(): Promise<void> {
    const host = this.#host;
    for (let attempt = 1; ; attempt++) {
      let conn: Connection<TClient>;
      try {
        conn = await this.#tryOnce(attempt);
        // A client that is dead on arrival is a failed attempt: served or replaced in silence, an endpoint that
        // accepts and hangs up would be dialed without end.
        if (conn.retirement !== undefined && !this.#cancelled) this.#refuse(conn);
      } catch (error) {
        if (this.#cancelled) return;
        host.attemptFailed(error, attempt);
        if (attempt >= this.plan.attempts) return host.gaveUp(this, attempt, error);
        await this.#pause(attempt);
        if (this.#cancelled) return;
        continue;
      }
      if (this.#cancelled) return host.discard(conn.client, 'shutdown', undefined);
      return host.dialed(this, conn);
    }
  }

  /** Gives the dial up at once; what its callback still returns is closed. The host hears no more of it. */
  cancel(reason: Error): void {
    this.#cancelled = true;
    this.#attempt?.abort(reason);
    this.#endPause?.();
  }

  async #tryOnce(attempt: number): Promise<Connection<TClient>> {
    const host = this.#host;
    const startedAt = now();
    const conn = new Connection<TClient>(host.generation);
    const cancellation = new Cancellation();
    this.#attempt = cancellation;
    host.counters.dials++;
    try {
      conn.client = await this.#dial(conn, cancellation, attempt);
      if (host.options.heartbeat !== undefined) await this.#prove(conn, cancellation, startedAt);
      publish(host.name, attempt, startedAt, { client: conn.client });
      return conn;
    } catch (error) {
      publish(host.name, attempt, startedAt, { error });
      throw error;
    } finally {
      this.#attempt = undefined;
    }
  }

  #dial(conn: Connection<TClient>, cancellation: Cancellation, attempt: number): Promise<TClient> {
    const host = this.#host;
    const { dialTimeoutMs } = host.limits;
    return bounded<TClient>(
      () =>
        host.options.dial({
          meta: host.options.meta as TMeta,
          get signal() {
            return cancellation.signal;
          },
          attempt,
          markBroken: (error) => {
            if (conn.state !== 'dialing') return host.reportBroken(conn, error);
            host.reportBroken(
              conn,
              error ?? new Error('the client reported itself broken while it was dialed'),
            );
            cancellation.abort(conn.retirement?.error);
          },
        }),
      {
        ms: dialTimeoutMs,
        keepAlive: this.plan.keepAlive,
        cancellation,
        timeoutError: () => new DialTimeoutError(host.name, dialTimeoutMs, 'dial'),
        late: (client) => host.discard(client, this.#cancelled ? 'shutdown' : 'broken', cancellation.reason),
      },
    );
  }

  /** The first heartbeat, within what is left of the attempt's time. */
  async #prove(conn: Connection<TClient>, cancellation: Cancellation, startedAt: number): Promise<void> {
    const host = this.#host;
    const { dialTimeoutMs } = host.limits;
    try {
      const alive = await bounded(
        () => {
          host.heartbeats.started();
          const { meta } = host.options;
          return host.options.heartbeat?.(conn.client, {
            meta: meta as TMeta,
            get signal() {
              return cancellation.signal;
            },
          });
        },
        {
          ms: Math.max(1, dialTimeoutMs - (now() - startedAt)),
          keepAlive: this.plan.keepAlive,
          cancellation,
          timeoutError: () => new DialTimeoutError(host.name, dialTimeoutMs, 'heartbeat'),
        },
      );
      if (alive === false) throw new HeartbeatError(host.name, 'returned false');
    } catch (cause) {
      if (this.#cancelled) {
        host.discard(conn.client, 'shutdown', undefined);
        throw cause;
      }
      if (conn.retirement !== undefined) this.#refuse(conn);
      const error = asHeartbeatFailure(host.name, cause);
      host.heartbeats.failed(error, conn.client);
      host.discard(conn.client, 'heartbeat', error);
      throw error;
    }
  }

  /** The client reported itself broken before it was ready. */
  #refuse(conn: Connection<TClient>): never {
    const error = conn.retirement?.error;
    this.#host.discard(conn.client, 'broken', error);
    throw error;
  }

  /** Waits in a macrotask, so that attempts that fail at once cannot starve timers and I/O. */
  #pause(attempt: number): Promise<void> {
    // "Full jitter": uniform between 0 and the doubled delay. Exponent capped, the product stays finite.
    const ceilingMs = this.#host.limits.dialRetryDelayMs * 2 ** Math.min(attempt - 1, 30);
    return new Promise((resolve) => {
      const timer = new Timer(resolve, Math.random() * ceilingMs, this.plan.keepAlive);
      this.#endPause = () => {
        timer.cancel();
        resolve();
      };
    });
  }
}

/** Keeps errors that say what happened; wraps what the callback threw. */
export function asHeartbeatFailure(poolName: string, cause: unknown): Error {
  if (cause instanceof HeartbeatError || cause instanceof DialTimeoutError) return cause;
  return new HeartbeatError(poolName, `failed: ${describeError(cause)}`, { cause });
}

function publish(
  pool: string,
  attempt: number,
  startedAt: number,
  outcome: { client?: unknown; error?: unknown },
): void {
  if (dialChannel.hasSubscribers) {
    dialChannel.publish({ pool, attempt, durationMs: now() - startedAt, ...outcome });
  }
}
