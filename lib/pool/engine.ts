import createDebug from 'debug';
import { type AdmissionHost, refusalOf } from './admission.js';
import { now, turnTime } from './clock.js';
import { type CloseHost, Closer } from './closer.js';
import type { Connection } from './connection.js';
import { Dials, type DialsHost } from './dials.js';
import { type WaitPhase, WaitTimeoutError } from './errors.js';
import type { Emit } from './events.js';
import { type FitnessHost, unfitness } from './fitness.js';
import { type HeartbeatHost, Heartbeats } from './heartbeats.js';
import { IdleList } from './idle-list.js';
import type { CloseReason, ConnPoolOptions, GetOptions, ResolvedLimits } from './options.js';
import type { SourceStats } from './source-stats.js';
import { newCounters } from './stats.js';
import { closeChannel, getChannel } from './tracing.js';
import { DONE, type Lender, PooledTransport, type Transport } from './transport.js';
import { UnorderedList } from './unordered-list.js';
import { Upkeep, type UpkeepHost } from './upkeep.js';
import type { Waiter } from './waiter.js';
import { type LineHost, WaitingLine } from './waiting-line.js';

const log = createDebug('connpool:pool');

/**
 * The connections of a pool and every transition of theirs, a method each; only these touch the lists.
 *
 * Invariants: each connection in `all` is idle (and in `idle`), lent, or being checked; `all.size + dials.size`
 * stays within the bound; while calls wait, each has a dial or a check on its way or there is no room for one.
 */
export class Engine<TClient, TMeta>
  implements
    AdmissionHost,
    FitnessHost,
    Lender<TClient>,
    LineHost<TClient>,
    CloseHost<TClient, TMeta>,
    DialsHost<TClient, TMeta>,
    HeartbeatHost<TClient, TMeta>,
    UpkeepHost<TClient, TMeta>
{
  state: SourceStats['state'] = 'open';
  /** Counts invalidations; connections dialed under an older number are stale. */
  generation = 0;
  readonly counters = newCounters();
  /** Every connection of the pool. */
  readonly all = new UnorderedList<Connection<TClient>>();
  readonly idle = new IdleList<TClient>();
  readonly line: WaitingLine<TClient>;
  readonly dials: Dials<TClient, TMeta>;
  readonly closer: Closer<TClient, TMeta>;
  readonly upkeep: Upkeep<TClient, TMeta>;
  readonly heartbeats: Heartbeats<TClient, TMeta>;
  #pumping = false;
  #pumpAgain = false;

  constructor(
    readonly name: string,
    readonly options: ConnPoolOptions<TClient, TMeta>,
    public limits: ResolvedLimits,
    readonly emit: Emit<TClient>,
    /** Called when a connection has left or the last close callback has ended. */
    private readonly onLess: () => void,
  ) {
    this.line = new WaitingLine(this);
    this.dials = new Dials(this);
    this.closer = new Closer(this, onLess);
    this.heartbeats = new Heartbeats(this);
    this.upkeep = new Upkeep(this);
  }

  // ---- figures

  /** Dials and checks under way: each will serve one call or free the room for another try. */
  // A private accessor would cost a call into the runtime at each use; a private method does not.
  #claims(): number {
    return this.dials.size + this.heartbeats.checking;
  }

  /** Calls that nothing on its way will serve. */
  get waiting(): number {
    return Math.max(0, this.line.size - this.#claims());
  }

  /** Most connections open and being dialed at once. */
  get bound(): number {
    const { wait, maxActive, maxOverflow } = this.limits;
    return wait ? maxActive : maxActive + maxOverflow;
  }

  stats(): SourceStats {
    const { maxActive, maxIdle } = this.limits;
    const { checking } = this.heartbeats;
    return {
      name: this.name,
      state: this.state,
      open: this.all.size,
      idle: this.idle.size,
      inUse: this.all.size - this.idle.size - checking,
      checking,
      dialing: this.dials.size,
      closing: this.closer.pending,
      waiting: this.waiting,
      maxActive,
      maxIdle,
    };
  }

  // ---- lending

  /** The fast path: an idle, fresh connection and nobody waiting. No I/O, no timer, no clock read. */
  lendFresh(): Transport<TClient> | undefined {
    if (this.line.size > 0 || this.state !== 'open') return undefined;
    const conn = this.#takeFresh();
    if (conn === undefined) return undefined;
    if (getChannel.hasSubscribers) getChannel.publish({ pool: this.name, client: conn.client, waitMs: 0 });
    return this.#lend(conn, undefined);
  }

  /** Everything else: waits for a dial, a check or somebody's return. */
  wait(options: GetOptions | undefined): Promise<Transport<TClient>> {
    const queued = !this.#servable();
    const refusal = refusalOf(this, queued);
    if (refusal !== undefined) {
      if (getChannel.hasSubscribers) getChannel.publish({ pool: this.name, error: refusal, waitMs: 0 });
      return Promise.reject(refusal);
    }
    if (queued) this.counters.waits++;
    return this.line.join(options, queued);
  }

  /** Whether a call that comes now can be served without waiting for others. */
  #servable(): boolean {
    if (this.state === 'paused') return false;
    const spare = this.#claims() - this.line.size;
    return spare > 0 || (spare === 0 && (this.idle.size > 0 || this.dials.canStart(this.bound)));
  }

  /**
   * Serves waiters and starts the checks and dials they need, then fills. Callbacks run in between and may come
   * back here: they only ask for another round.
   */
  pump(asker?: Waiter<TClient>): void {
    this.#pumpAgain = true;
    if (this.#pumping) return;
    this.#pumping = true;
    try {
      while (this.#pumpAgain) {
        this.#pumpAgain = false;
        this.#serveWaiters(asker);
        // While the pool is paused, nothing is dialed for those who wait.
        if (this.state === 'paused' || this.#claims() >= this.line.size) this.dials.startFills();
      }
    } finally {
      this.#pumping = false;
    }
  }

  #serveWaiters(asker: Waiter<TClient> | undefined): void {
    while (this.line.size > 0 && this.state === 'open') {
      const fresh = this.#takeFresh();
      // The close callback of one that was too old may have emptied the line.
      if (fresh !== undefined) {
        if (this.line.size > 0) this.#serve(fresh);
        else void this.readmit(fresh);
        continue;
      }
      // Dials on their way are no reason to leave an idle connection unchecked: a check is faster.
      const stale = this.heartbeats.checking < this.line.size ? this.#nextIdle() : undefined;
      if (stale !== undefined) this.heartbeats.check(stale);
      else if (this.#claims() >= this.line.size) return;
      else if (this.dials.canStart(this.bound)) this.dials.start(this.#dialRequester(asker));
      else return;
    }
  }

  /** The call that just came, or else the one that has waited longest without a dial of its own. */
  #dialRequester(asker: Waiter<TClient> | undefined): Waiter<TClient> {
    return asker?.lane !== undefined && !asker.dialing ? asker : this.line.firstWithoutDial();
  }

  #nextIdle(): Connection<TClient> | undefined {
    return this.limits.idleOrder === 'lifo' ? this.idle.tail : this.idle.head;
  }

  #takeFresh(): Connection<TClient> | undefined {
    for (;;) {
      const conn = this.#nextIdle();
      if (conn === undefined) return undefined;
      const at = turnTime();
      if (at >= conn.expiresAt) {
        void this.destroy(conn, 'lifetime');
        if (this.state !== 'open') return undefined;
        continue;
      }
      if (this.heartbeats.isDue(conn, at)) return undefined;
      this.idle.remove(conn);
      conn.state = 'lent';
      return conn;
    }
  }

  /** Lends a connection that is in no list any more. */
  #lend(conn: Connection<TClient>, trace: Error | undefined): Transport<TClient> {
    conn.state = 'lent';
    conn.uses++;
    const { leakDetectionMs } = this.limits;
    if (leakDetectionMs > 0) {
      conn.loan = { takenAt: now(), trace: trace ?? new Error('taken here'), reported: false };
      this.upkeep.wakeBy(conn.loan.takenAt + leakDetectionMs);
    }
    return new PooledTransport(this, conn);
  }

  /** To the first waiter; there is one. */
  #serve(conn: Connection<TClient>): void {
    const waiter = this.line.shift();
    const transport = this.#lend(conn, waiter.trace);
    this.line.announce(waiter, conn.client);
    waiter.resolve(transport);
  }

  expired(waiter: Waiter<TClient>): void {
    this.counters.waitTimeouts++;
    const error = new WaitTimeoutError(
      this.stats(),
      waiter.lane!.timeoutMs,
      this.#phaseOf(waiter),
      this.dials.lastError,
    );
    this.line.reject(waiter, error);
  }

  #phaseOf(waiter: Waiter<TClient>): WaitPhase {
    if (this.state === 'paused') return 'paused';
    if (waiter.dialing) return 'dial';
    return this.heartbeats.checking > 0 ? 'check' : 'queue';
  }

  // ---- coming back

  takeBack(conn: Connection<TClient>, isBroken: boolean): Promise<void> {
    if (conn.state !== 'lent') return DONE;
    if (conn.loan !== undefined) conn.loan = undefined;
    if (isBroken) return this.destroy(conn, 'broken', conn.retirement?.error);
    const unfit = unfitness(conn, this);
    if (unfit !== undefined) return this.destroy(conn, unfit, conn.retirement?.error);
    conn.provenAt = conn.idleSince = turnTime();
    if (closeChannel.hasSubscribers) closeChannel.publish({ pool: this.name, client: conn.client });
    if (this.line.size > 0 && this.heartbeats.isDue(conn, conn.provenAt)) return this.#checkForWaiter(conn);
    return this.#place(conn);
  }

  /** `heartbeatIntervalMs: 0`: not even the next in line gets a connection unchecked. */
  #checkForWaiter(conn: Connection<TClient>): Promise<void> {
    this.#makeIdle(conn);
    this.heartbeats.check(conn);
    return DONE;
  }

  /** Takes in a connection that was dialed. Listeners hear of it once it stands. */
  opened(conn: Connection<TClient>): void {
    this.all.add(conn);
    this.upkeep.opened(conn);
    if (log.enabled) log('%s: opened a connection, %d open', this.name, this.all.size);
    if (this.line.size > 0 && this.state === 'open') {
      // Even when the pool was invalidated meanwhile: the call has waited for it. Closed on return.
      this.#serve(conn);
      this.emit('open', conn.client);
    } else if (unfitness(conn, this) === undefined && this.#surplus() === undefined) {
      this.#makeIdle(conn);
      this.emit('open', conn.client);
    } else {
      // Its end comes after its beginning, and a listener may have made room for it.
      this.emit('open', conn.client);
      void this.readmit(conn);
    }
    this.roomChanged();
  }

  /** Takes back a connection in no list that has just proved itself. */
  readmit(conn: Connection<TClient>): Promise<void> {
    const unfit = unfitness(conn, this);
    return unfit === undefined ? this.#place(conn) : this.destroy(conn, unfit, conn.retirement?.error);
  }

  /** Gives a working connection in no list to the first waiter, or makes it idle. */
  #place(conn: Connection<TClient>): Promise<void> {
    if (this.line.size > 0 && this.state === 'open') {
      this.#serve(conn);
      return DONE;
    }
    const surplus = this.#surplus();
    if (surplus !== undefined) return this.destroy(conn, surplus);
    this.#makeIdle(conn);
    return DONE;
  }

  #surplus(): CloseReason | undefined {
    return this.idle.size + this.heartbeats.checking >= this.limits.maxIdle ? 'excess' : undefined;
  }

  #makeIdle(conn: Connection<TClient>): void {
    const wasChecked = conn.state === 'checking';
    conn.state = 'idle';
    if (wasChecked) this.idle.restore(conn);
    else this.idle.push(conn);
  }

  markBroken(conn: Connection<TClient>, error: unknown): void {
    conn.retirement ??= { reason: 'broken', error };
  }

  /** The client itself says that it died, at any time of its life. */
  reportBroken(conn: Connection<TClient>, error: unknown): void {
    if (conn.state === 'idle' || conn.state === 'checking') void this.destroy(conn, 'broken', error);
    else this.markBroken(conn, error);
  }

  // ---- leaving the pool

  detach(conn: Connection<TClient>): void {
    this.#leave(conn);
    this.counters.detached++;
    this.roomChanged();
  }

  /** Takes a connection out of the pool and closes its client; never rejects. */
  destroy(conn: Connection<TClient>, reason: CloseReason, error?: unknown): Promise<void> {
    this.#leave(conn);
    if (log.enabled) log('%s: closing a connection: %s', this.name, reason);
    const closed = this.closer.close(conn.client, reason, error);
    if (conn.uses === 0 && (reason === 'broken' || reason === 'heartbeat')) this.upkeep.lostUnused(conn);
    this.roomChanged();
    return closed;
  }

  #leave(conn: Connection<TClient>): void {
    if (conn.state === 'idle') this.idle.remove(conn);
    conn.state = 'gone';
    if (conn.check !== undefined) this.heartbeats.cutShort(conn);
    this.all.delete(conn);
  }

  /** Room has come free, or what kept it busy has changed: it goes to whoever waits. */
  roomChanged(): void {
    this.pump();
    this.upkeep.balance();
    this.onLess();
  }
}
