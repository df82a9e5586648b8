import createDebug from 'debug';
import type { Connection } from './connection.js';
import { type DialHost, type DialPlan, type DialRequester, DialRun } from './dial-run.js';
import { DialError } from './errors.js';
import type { Emit } from './events.js';
import { Fill } from './fill.js';
import type { Heartbeats } from './heartbeats.js';
import type { IdleList } from './idle-list.js';
import type { CloseReason, ConnPoolOptions, ResolvedLimits } from './options.js';
import type { SourceStats } from './source-stats.js';
import type { Counters } from './stats.js';
import { UnorderedList } from './unordered-list.js';
import { Waiter } from './waiter.js';
import type { WaitingLine } from './waiting-line.js';

const log = createDebug('connpool:pool');

/** What dials need of their pool. */
export interface DialsHost<TClient, TMeta> {
  readonly name: string;
  readonly options: ConnPoolOptions<TClient, TMeta>;
  readonly limits: ResolvedLimits;
  readonly state: SourceStats['state'];
  readonly generation: number;
  readonly counters: Counters;
  readonly emit: Emit<TClient>;
  readonly all: Iterable<Connection<TClient>> & { readonly size: number };
  readonly idle: IdleList<TClient>;
  readonly line: WaitingLine<TClient>;
  readonly heartbeats: Heartbeats<TClient, TMeta>;
  readonly closer: { close(client: TClient, reason: CloseReason, error: unknown): Promise<void> };
  readonly upkeep: { refillFailed(): void };
  opened(conn: Connection<TClient>): void;
  reportBroken(conn: Connection<TClient>, error: unknown): void;
  roomChanged(): void;
  pump(): void;
}

/** The dials under way and those that wait for their turn, and what becomes of both. */
export class Dials<TClient, TMeta> implements DialHost<TClient, TMeta> {
  readonly #pool: DialsHost<TClient, TMeta>;
  readonly #runs = new UnorderedList<DialRun<TClient, TMeta>>();
  /** Warm-ups and refills that wait for their dial. */
  readonly #fills: Fill[] = [];
  /** What the last attempt failed with; undefined when it went well. */
  lastError: unknown;

  constructor(pool: DialsHost<TClient, TMeta>) {
    this.#pool = pool;
  }

  get name(): string {
    return this.#pool.name;
  }

  get options(): ConnPoolOptions<TClient, TMeta> {
    return this.#pool.options;
  }

  get limits(): ResolvedLimits {
    return this.#pool.limits;
  }

  get generation(): number {
    return this.#pool.generation;
  }

  get counters(): Counters {
    return this.#pool.counters;
  }

  get heartbeats(): Heartbeats<TClient, TMeta> {
    return this.#pool.heartbeats;
  }

  /** Dials under way. */
  get size(): number {
    return this.#runs.size;
  }

  get #ending(): boolean {
    return this.#pool.state === 'closing' || this.#pool.state === 'closed';
  }

  /**
   * Whether one more dial keeps `open + dialing` within `bound` and the dials within `maxDialing`. Never once the
   * pool closes, which any callback may do in the middle of things.
   */
  canStart(bound: number): boolean {
    return !this.#ending && this.size < this.limits.maxDialing && this.#pool.all.size + this.size < bound;
  }

  start(requester: DialRequester): void {
    const background = requester instanceof Fill && requester.background;
    const plan: DialPlan = {
      requester,
      attempts: background ? 1 : 1 + this.limits.dialRetryCount,
      keepAlive: !background,
    };
    const run = new DialRun(this, plan);
    requester.dialing = true;
    this.#runs.add(run);
    run.start();
  }

  // ---- connections ahead of need

  /** Asks for as many dials as are missing for `count` connections to be idle. */
  requestFills(count: number, background: boolean): void {
    for (let n = this.missing(count); n > 0; n--) this.#fills.push(new Fill(background));
    this.#pool.pump();
  }

  /** Every fill that is under way or waits for its turn. */
  pendingFills(): Fill[] {
    const underWay = [...this.#runs].map((run) => run.plan.requester).filter((r) => r instanceof Fill);
    return [...underWay, ...this.#fills];
  }

  /** How many more connections must be dialed, and can be, for `count` to be idle. */
  missing(count: number): number {
    const { idle, all, line, limits, heartbeats, state } = this.#pool;
    // What a paused pool dials becomes idle, whoever waits.
    const spoken = state === 'paused' ? 0 : line.size;
    const onTheirWay = Math.max(0, this.size - spoken) + this.#fills.length;
    const wanted = Math.min(count, limits.maxIdle) - idle.size - heartbeats.checking - onTheirWay;
    return Math.max(0, Math.min(wanted, limits.maxActive - all.size - this.size - this.#fills.length));
  }

  startFills(): void {
    // The limits are read anew each time: a dial callback may change them.
    while (this.#fills.length > 0 && this.canStart(this.limits.maxActive)) this.start(this.#fills.shift()!);
    // Callers have taken the room: there is nothing left to dial ahead.
    if (this.#pool.all.size + this.size >= this.limits.maxActive) {
      for (const fill of this.#fills.splice(0)) fill.resolve();
    }
  }

  // ---- the end of a dial

  /** Gives up every dial; resolves when each has taken note and what it had in hand is being closed. */
  async cancelAll(reason: Error): Promise<void> {
    for (const fill of this.pendingFills()) fill.reject(reason);
    this.#fills.length = 0;
    const runs = this.#runs.clear();
    for (const run of runs) run.cancel(reason);
    // A cancelled run ends within microtasks, whatever its callback does.
    await Promise.all(runs.map((run) => run.ended));
  }

  dialed(run: DialRun<TClient, TMeta>, conn: Connection<TClient>): void {
    this.#end(run);
    this.lastError = undefined;
    this.#pool.opened(conn);
    if (run.plan.requester instanceof Fill) run.plan.requester.resolve();
  }

  /** A failed dial reaches who asked for it; when that one was served otherwise, the first waiter. */
  gaveUp(run: DialRun<TClient, TMeta>, attempts: number, failure: unknown): void {
    this.#end(run);
    const { line, upkeep } = this.#pool;
    const { requester } = run.plan;
    const error = new DialError(this.name, attempts, failure);
    if (requester instanceof Fill) {
      requester.reject(error);
      if (requester.background) upkeep.refillFailed();
    } else {
      const asker = requester instanceof Waiter && requester.lane !== undefined ? requester : line.first();
      if (asker !== undefined) line.reject(asker, error);
    }
    this.#pool.roomChanged();
  }

  attemptFailed(error: unknown, attempt: number): void {
    this.counters.dialErrors++;
    this.lastError = error;
    if (log.enabled) log('%s: dial attempt %d failed: %o', this.name, attempt, error);
    this.#pool.emit('dialError', error, attempt);
  }

  reportBroken(conn: Connection<TClient>, error: unknown): void {
    this.#pool.reportBroken(conn, error);
  }

  discard(client: TClient, reason: CloseReason, error: unknown): void {
    void this.#pool.closer.close(client, reason, error);
  }

  #end(run: DialRun<TClient, TMeta>): void {
    this.#runs.delete(run);
    run.plan.requester.dialing = false;
  }
}
