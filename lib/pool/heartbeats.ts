import { bounded } from './bounded.js';
import { Cancellation } from './cancellation.js';
import { now } from './clock.js';
import type { Connection } from './connection.js';
import { asHeartbeatFailure } from './dial-run.js';
import { describeMs, HeartbeatError } from './errors.js';
import type { Emit } from './events.js';
import type { IdleList } from './idle-list.js';
import type { CloseReason, ConnPoolOptions, ResolvedLimits } from './options.js';
import type { Counters } from './stats.js';

/** What heartbeats need of their pool. */
export interface HeartbeatHost<TClient, TMeta> {
  readonly name: string;
  readonly options: ConnPoolOptions<TClient, TMeta>;
  readonly limits: ResolvedLimits;
  readonly counters: Counters;
  readonly emit: Emit<TClient>;
  readonly all: Iterable<Connection<TClient>> & { readonly size: number };
  readonly idle: IdleList<TClient>;
  readonly line: { readonly size: number };
  /** Takes in a connection that has passed. */
  readmit(conn: Connection<TClient>): Promise<void>;
  destroy(conn: Connection<TClient>, reason: CloseReason, error?: unknown): Promise<void>;
}

/** The heartbeats of connections that are neither new nor lent. */
export class Heartbeats<TClient, TMeta> {
  readonly #pool: HeartbeatHost<TClient, TMeta>;
  readonly #has: boolean;
  /** Connections under a heartbeat. */
  checking = 0;

  constructor(pool: HeartbeatHost<TClient, TMeta>) {
    this.#pool = pool;
    this.#has = pool.options.heartbeat !== undefined;
  }

  /** When an idle connection should be heartbeated in the background, ms; Infinity = never. */
  dueAt(conn: Connection<TClient>): number {
    const { heartbeatIntervalMs } = this.#pool.limits;
    return this.#has && heartbeatIntervalMs > 0 ? conn.provenAt + heartbeatIntervalMs : Infinity;
  }

  /** Whether an idle connection must be heartbeated before it is lent. */
  isDue(conn: Connection<TClient>, at: number): boolean {
    return this.#has && at - conn.provenAt >= this.#pool.limits.heartbeatIntervalMs;
  }

  /** Heartbeats an idle connection; the engine hears of the outcome. */
  check(conn: Connection<TClient>): void {
    const pool = this.#pool;
    const { heartbeatTimeoutMs } = pool.limits;
    const cancellation = new Cancellation();
    const startedAt = now();
    pool.idle.remove(conn);
    conn.state = 'checking';
    conn.check = cancellation;
    this.checking++;
    this.started();
    bounded(
      () =>
        pool.options.heartbeat?.(conn.client, {
          meta: pool.options.meta as TMeta,
          get signal() {
            return cancellation.signal;
          },
        }),
      {
        ms: heartbeatTimeoutMs,
        keepAlive: pool.line.size > 0,
        cancellation,
        timeoutError: () =>
          new HeartbeatError(pool.name, `took longer than ${describeMs(heartbeatTimeoutMs)}`),
      },
    ).then(
      (alive) => {
        if (alive === false) this.#dead(conn, startedAt, new HeartbeatError(pool.name, 'returned false'));
        else this.#alive(conn);
      },
      (error) => this.#dead(conn, startedAt, error),
    );
  }

  /** The connection has left the pool: its heartbeat is given up. */
  cutShort(conn: Connection<TClient>): void {
    const cancellation = conn.check;
    this.#end(conn);
    cancellation?.abort(new HeartbeatError(this.#pool.name, 'was cut short: the connection is being closed'));
  }

  started(): void {
    this.#pool.counters.heartbeats++;
  }

  failed(error: unknown, client: TClient): void {
    this.#pool.counters.heartbeatErrors++;
    this.#pool.emit('heartbeatError', error, client);
  }

  #alive(conn: Connection<TClient>): void {
    if (conn.check === undefined) return;
    this.#end(conn);
    conn.provenAt = now();
    void this.#pool.readmit(conn);
  }

  #dead(conn: Connection<TClient>, startedAt: number, cause: unknown): void {
    if (conn.check === undefined) return;
    const error = asHeartbeatFailure(this.#pool.name, cause);
    this.failed(error, conn.client);
    // What killed this one may have killed the others: none of them is lent before it has proved itself.
    this.#checkAllUnprovenSince(startedAt);
    // A listener may have closed the pool meanwhile.
    if (conn.check !== undefined) void this.#pool.destroy(conn, 'heartbeat', error);
  }

  #checkAllUnprovenSince(at: number): void {
    for (const conn of [...this.#pool.all]) {
      if (conn.state === 'idle' && conn.provenAt < at) this.check(conn);
    }
  }

  #end(conn: Connection<TClient>): void {
    conn.check = undefined;
    this.checking--;
  }
}
