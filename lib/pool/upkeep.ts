import { now, Timer } from './clock.js';
import type { Connection } from './connection.js';
import type { Dials } from './dials.js';
import type { Emit } from './events.js';
import type { Heartbeats } from './heartbeats.js';
import type { IdleList } from './idle-list.js';
import type { CloseReason, ConnPoolOptions, ResolvedLimits } from './options.js';
import type { SourceStats } from './source-stats.js';
import type { Counters } from './stats.js';

/** How soon `minIdle` is topped up after loans have eaten into it, ms. */
const REFILL_INTERVAL_MS = 1_000;
const REFILL_BACKOFF_MAX_MS = 30_000;

/** What upkeep needs of its pool. */
export interface UpkeepHost<TClient, TMeta> {
  readonly state: SourceStats['state'];
  readonly options: ConnPoolOptions<TClient, TMeta>;
  readonly limits: ResolvedLimits;
  readonly counters: Counters;
  readonly emit: Emit<TClient>;
  readonly all: Iterable<Connection<TClient>> & { readonly size: number };
  readonly idle: IdleList<TClient>;
  readonly heartbeats: Heartbeats<TClient, TMeta>;
  readonly dials: Dials<TClient, TMeta>;
  destroy(conn: Connection<TClient>, reason: CloseReason, error?: unknown): Promise<void>;
}

/**
 * Everything that happens to connections while nobody asks for them, from one unref'd timer: heartbeats,
 * closing what has been idle or has lived too long, topping up `minIdle`, finding leaks.
 *
 * The timer always stands at or before the earliest thing due. A connection that becomes idle is due no earlier
 * than one interval from then, and each pass looks no further ahead than that; so giving back sets no timer.
 */
export class Upkeep<TClient, TMeta> {
  readonly #pool: UpkeepHost<TClient, TMeta>;
  #timer: Timer | undefined;
  /** When the next pass runs, ms. */
  #due = Infinity;
  #refillFailures = 0;
  #refillFailedAt = Number.NEGATIVE_INFINITY;
  #refillNotBefore = 0;

  constructor(pool: UpkeepHost<TClient, TMeta>) {
    this.#pool = pool;
  }

  /** Makes sure of a pass at or before `at`. */
  wakeBy(at: number): void {
    if (at >= this.#due || this.#pool.state === 'closing' || this.#pool.state === 'closed') return;
    this.stop();
    this.#due = at;
    this.#timer = new Timer(() => this.#pass(), at - now(), false);
  }

  /** Stops the timer until something wakes it. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#due = Infinity;
  }

  opened(conn: Connection<TClient>): void {
    const at = now();
    const { maxLifetimeMs } = this.#pool.limits;
    conn.openedAt = conn.provenAt = conn.idleSince = at;
    // Up to 10 % less each, so that connections dialed together do not all end together.
    conn.lifetimeShare = 1 - Math.random() * 0.1;
    conn.expiresAt = maxLifetimeMs > 0 ? at + maxLifetimeMs * conn.lifetimeShare : Infinity;
    this.#refillNotBefore = 0;
    this.wakeBy(Math.min(conn.expiresAt, at + this.#shortestInterval()));
  }

  /** The number of connections has changed: nothing left to look after, or some to be dialed again. */
  balance(): void {
    const pool = this.#pool;
    if (pool.limits.minIdle > 0) {
      if (pool.dials.missing(pool.limits.minIdle) > 0) this.wakeBy(Math.max(now(), this.#refillNotBefore));
    } else if (pool.all.size === 0) {
      this.stop();
    }
  }

  /**
   * A connection died before anybody used it. One that was dialed only lately counts as a failed refill: an
   * endpoint that accepts and hangs up would otherwise be dialed without end.
   */
  lostUnused(conn: Connection<TClient>): void {
    if (now() - conn.openedAt < REFILL_BACKOFF_MAX_MS) this.refillFailed();
  }

  /** A refill found the endpoint dead: the next one waits longer. Failures of one burst count once. */
  refillFailed(): void {
    const at = now();
    if (at < this.#refillNotBefore) return;
    if (at - this.#refillFailedAt > 2 * REFILL_BACKOFF_MAX_MS) this.#refillFailures = 0;
    this.#refillFailedAt = at;
    const backoffMs = Math.min(
      REFILL_BACKOFF_MAX_MS,
      REFILL_INTERVAL_MS * 2 ** Math.min(this.#refillFailures++, 20),
    );
    this.#refillNotBefore = at + backoffMs * (1 - Math.random() * 0.5);
  }

  /** Limits have changed: what is idle beyond them is closed now. */
  reconfigured(): void {
    const pool = this.#pool;
    this.#trim();
    const { maxLifetimeMs } = pool.limits;
    for (const conn of pool.all) {
      conn.expiresAt = maxLifetimeMs > 0 ? conn.openedAt + maxLifetimeMs * conn.lifetimeShare : Infinity;
    }
    this.stop();
    if (pool.all.size > 0 || pool.limits.minIdle > 0) this.wakeBy(now());
  }

  #pass(): void {
    const at = Math.max(now(), this.#due);
    this.#timer = undefined;
    this.#due = Infinity;
    this.#retireIdle(at);
    this.#findLeaks(at);
    if (at >= this.#refillNotBefore) this.#refill();
    this.#scheduleNext(at);
  }

  #trim(): void {
    const pool = this.#pool;
    const { maxActive, maxIdle, maxUses } = pool.limits;
    for (const conn of [...pool.all]) {
      if (conn.state === 'idle' && conn.uses >= maxUses) void pool.destroy(conn, 'uses');
    }
    // The one idle longest goes first.
    while (pool.idle.head !== undefined && (pool.idle.size > maxIdle || pool.all.size > maxActive)) {
      void pool.destroy(pool.idle.head, 'excess');
    }
  }

  #retireIdle(at: number): void {
    const pool = this.#pool;
    const { idleTimeoutMs, minIdle } = pool.limits;
    const idle: Connection<TClient>[] = [];
    for (let conn = pool.idle.head; conn !== undefined; conn = conn.next) idle.push(conn);
    for (const conn of idle) {
      // Callbacks run in between: a later one of the list may be gone by now.
      if (conn.state !== 'idle') continue;
      if (at >= conn.expiresAt) void pool.destroy(conn, 'lifetime');
      else if (idleTimeoutMs > 0 && at - conn.idleSince >= idleTimeoutMs && pool.idle.size > minIdle) {
        void pool.destroy(conn, 'idle');
      } else if (at >= pool.heartbeats.dueAt(conn)) pool.heartbeats.check(conn);
    }
  }

  #refill(): void {
    // The pause is over, whatever fraction of a millisecond the timer came early.
    this.#refillNotBefore = 0;
    const { all, dials, limits } = this.#pool;
    // Where nothing stands and the last dial failed, one asks whether the endpoint is back; the rest follow once it is.
    const isDead = all.size === 0 && dials.lastError !== undefined;
    dials.requestFills(isDead ? Math.min(1, limits.minIdle) : limits.minIdle, true);
  }

  #findLeaks(at: number): void {
    const pool = this.#pool;
    const { leakDetectionMs } = pool.limits;
    if (leakDetectionMs === 0) return;
    for (const conn of pool.all) {
      const loan = conn.loan;
      if (loan === undefined || loan.reported || at - loan.takenAt < leakDetectionMs) continue;
      loan.reported = true;
      pool.counters.leaks++;
      pool.emit('leak', { client: conn.client, heldMs: at - loan.takenAt, stack: loan.trace.stack ?? '' });
    }
  }

  #scheduleNext(at: number): void {
    const pool = this.#pool;
    const { idleTimeoutMs, minIdle, leakDetectionMs } = pool.limits;
    if (pool.all.size === 0 && minIdle === 0) return;
    let next = at + (pool.all.size > 0 ? this.#shortestInterval() : Infinity);
    if (minIdle > 0) next = Math.min(next, Math.max(at + REFILL_INTERVAL_MS, this.#refillNotBefore));
    for (const conn of pool.all) {
      if (conn.expiresAt > at) next = Math.min(next, conn.expiresAt);
      if (conn.state === 'idle' || conn.state === 'checking') {
        if (conn.state === 'idle') next = Math.min(next, pool.heartbeats.dueAt(conn));
        const idleUntil = conn.idleSince + idleTimeoutMs;
        if (idleTimeoutMs > 0 && idleUntil > at) next = Math.min(next, idleUntil);
      } else if (conn.loan !== undefined && !conn.loan.reported) {
        next = Math.min(next, conn.loan.takenAt + leakDetectionMs);
      }
    }
    // A pass looks at every connection: with very many of them passes keep a distance, so that staggered
    // deadlines cannot eat the processor.
    if (next !== Infinity) this.wakeBy(Math.max(next, at + pool.all.size / 1_000));
  }

  /** The soonest that a connection becoming idle now could be due, ms from now. */
  #shortestInterval(): number {
    const { idleTimeoutMs, heartbeatIntervalMs } = this.#pool.limits;
    const beats = this.#pool.options.heartbeat !== undefined && heartbeatIntervalMs > 0;
    return Math.min(idleTimeoutMs > 0 ? idleTimeoutMs : Infinity, beats ? heartbeatIntervalMs : Infinity);
  }
}
