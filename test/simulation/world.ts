import type { CloseReason, ConnPool, DialContext, PoolLimits, PoolStats } from '../../lib/pool/index.js';
import { boundOf, effectiveLimits, type Limits } from './effective-limits.js';
import type { Attempt, Call, Client, Connection, Loan } from './records.js';
import type { VirtualTime } from './virtual-time.js';

/** An invariant did not hold. */
export class Violation extends Error {
  constructor(
    readonly invariant: string,
    detail: string,
  ) {
    super(`${invariant}: ${detail}`);
    this.name = 'Violation';
  }
}

/**
 * The model: what can be known of a pool from outside, by its callbacks and its answers. The invariants compare
 * the pool's own figures with it.
 */
export class World {
  pool!: ConnPool<Client>;
  limits: Limits;
  /** Counts settled moments. Within one turn the order of things that happen in microtasks is not observable. */
  turn = 1;
  readonly connections: Connection[] = [];
  /** Connections the pool owns: handed to it and neither closed nor detached. */
  readonly live = new Set<Connection>();
  readonly closing = new Set<Connection>();
  readonly attempts = new Set<Attempt>();
  readonly pending = new Set<Call>();
  readonly servedThisTurn: Call[] = [];
  readonly loans = new Set<Loan>();
  /** Promises of the pool that have not settled: transports given back, warm-ups. */
  readonly promised = new Set<string>();
  /** The call whose `get` is on the stack and has not dialed yet. */
  asking: Call | undefined;
  /** Whose dial failed with what. */
  readonly askers = new WeakMap<object, Call>();
  /** Calls whose own dial has failed for somebody else: they must have been served otherwise. */
  readonly spared: Call[] = [];
  readonly violations: Violation[] = [];
  readonly counts = {
    gets: 0,
    dials: 0,
    heartbeats: 0,
    heartbeatErrorEvents: 0,
    dialErrorEvents: 0,
    opened: 0,
    waitTimeouts: 0,
    refused: 0,
    /** Attempts of the dials that calls were rejected for. */
    attemptsBlamed: 0,
    leaks: 0,
    loans: 0,
    detached: 0,
    warmedUp: 0,
    configured: 0,
    closed: {} as Partial<Record<CloseReason, number>>,
    /** Errors of calls, by name. */
    errors: {} as Record<string, number>,
  };
  generation = 0;
  /** The turn in which the pool was paused. */
  pausedSince: number | undefined;
  closedBy: { readonly turn: number } | undefined;
  /** When the patience of a closing pool is over, ms. */
  revokesAt = Infinity;
  #configuredIn = 0;
  closed = false;
  /** Timers may be late until then, ms. */
  stalledUntil = -1;
  /** Limits were lowered below what is open: until that is gone this is the bound. */
  ceiling = 0;
  dialCeiling = 0;
  highest: { retries: number; minIdle: number };
  #nextClient = 1;
  #promises = 0;

  constructor(
    readonly time: VirtualTime,
    readonly given: PoolLimits,
    readonly hasHeartbeat: boolean,
    readonly tell: ((line: string) => void) | undefined,
  ) {
    this.limits = effectiveLimits(given);
    this.highest = { retries: this.limits.dialRetryCount, minIdle: this.limits.minIdle };
  }

  /** Says what happens, to whoever reads along. */
  narrate(line: () => string): void {
    this.tell?.(`${String(this.time.now).padStart(6)} ms  ${line()}`);
  }

  violate(invariant: string, detail: string): void {
    this.narrate(() => `VIOLATED ${invariant}: ${detail}`);
    this.violations.push(new Violation(invariant, detail));
  }

  /** Whether the pool serves calls. */
  get serving(): boolean {
    return this.closedBy === undefined && this.pausedSince === undefined;
  }

  /** Whether the pool may take away what is lent, because it closes and its patience is over. */
  get mayRevoke(): boolean {
    return this.time.now >= this.revokesAt;
  }

  /** Whether the pool must have taken away what was lent. */
  get forced(): boolean {
    return this.time.now > Math.max(this.stalledUntil, this.revokesAt);
  }

  /** Whether the limits were the same all through this turn. */
  get limitsSettled(): boolean {
    return this.#configuredIn < this.turn;
  }

  get stats(): PoolStats {
    return this.pool.stats();
  }

  /** Limits change; what is open beyond them may stay for a while. */
  reconfigured(given: PoolLimits): void {
    const { open, dialing } = this.stats;
    this.limits = effectiveLimits(given);
    this.ceiling = open + dialing;
    this.dialCeiling = dialing;
    this.highest.retries = Math.max(this.highest.retries, this.limits.dialRetryCount);
    this.highest.minIdle = Math.max(this.highest.minIdle, this.limits.minIdle);
    this.counts.configured++;
    this.#configuredIn = this.turn;
  }

  get bound(): number {
    return boundOf(this.limits);
  }

  // ---- what the callbacks see

  dialStarted(ctx: DialContext): Attempt {
    const attempt: Attempt = {
      ctx,
      generation: this.generation,
      asker: ctx.attempt === 1 ? this.#takeAsker() : undefined,
      answered: false,
      connection: undefined,
      broken: false,
    };
    this.counts.dials++;
    this.attempts.add(attempt);
    return attempt;
  }

  /** The dial gives a client; the pool may not want it any more. */
  dialed(attempt: Attempt): Client {
    const client = { id: this.#nextClient++ };
    const at = this.time.now;
    const connection: Connection = {
      client,
      attempt,
      bornAt: at,
      proven: this.hasHeartbeat || attempt.ctx.signal.aborted ? undefined : this.turn,
      provenAt: at,
      idleSince: at,
      beats: 0,
      beatenSinceLoan: false,
      beatFailed: false,
      lends: 0,
      loan: undefined,
      lastCall: undefined,
      broken: attempt.broken ? this.turn : undefined,
      doubtful: false,
      stale: undefined,
      gone: false,
      detached: false,
      closedFor: undefined,
      closingUntil: undefined,
    };
    this.attempts.delete(attempt);
    attempt.answered = true;
    attempt.connection = connection;
    this.connections.push(connection);
    this.live.add(connection);
    this.narrate(() => `dial gives client ${client.id}${attempt.ctx.signal.aborted ? ', too late' : ''}`);
    return client;
  }

  /** The first dial that begins while a `get` is on the stack, and no callback has interfered, is its own. */
  #takeAsker(): Call | undefined {
    const asker = this.asking;
    this.asking = undefined;
    return asker;
  }

  dialFailed(attempt: Attempt): void {
    this.attempts.delete(attempt);
    attempt.answered = true;
    this.narrate(() => 'dial fails');
  }

  connectionOf(client: Client): Connection {
    const connection = this.connections[client.id - 1];
    if (connection?.client !== client) throw new Violation('clients are known', `client ${client?.id}`);
    return connection;
  }

  reportBroken(attempt: Attempt): void {
    attempt.broken = true;
    if (attempt.connection !== undefined) attempt.connection.broken ??= this.turn;
    this.narrate(() => `client ${attempt.connection?.client.id ?? 'still dialed'} reports itself broken`);
    attempt.ctx.markBroken(new Error('the connection died'));
  }

  invalidated(): void {
    this.generation++;
    for (const connection of this.live) {
      // One that became fit in this very turn may still count as being dialed.
      if (connection.proven !== undefined && connection.proven < this.turn) connection.stale ??= this.turn;
    }
  }

  /** The pool has let go of a connection. */
  left(connection: Connection): void {
    connection.gone = true;
    this.live.delete(connection);
  }

  // ---- what callers see

  lent(loan: Loan): void {
    const { connection } = loan;
    connection.loan = loan;
    connection.lastCall = loan.call;
    connection.beatenSinceLoan = false;
    this.counts.loans++;
    this.loans.add(loan);
    this.narrate(() => `call ${loan.call.id} (${loan.call.kind}) has client ${connection.client.id}`);
  }

  /** The caller is about to give its client back. */
  ending(loan: Loan, isBroken: boolean): void {
    const { connection } = loan;
    if (loan.over) return;
    loan.over = true;
    this.loans.delete(loan);
    if (connection.loan === loan) connection.loan = undefined;
    connection.provenAt = connection.idleSince = this.time.now;
    if (isBroken) connection.broken ??= this.turn;
    this.narrate(
      () => `call ${loan.call.id} is done with client ${connection.client.id}${isBroken ? ', broken' : ''}`,
    );
  }

  /** A promise of the pool that must settle, and never reject unless `allowed` says so. */
  promise(what: string, promise: Promise<unknown>, allowed: (error: unknown) => boolean = () => false): void {
    const name = `${what} at ${this.time.now} ms (#${++this.#promises})`;
    this.promised.add(name);
    promise.then(
      () => this.promised.delete(name),
      (error) => {
        this.promised.delete(name);
        if (!allowed(error))
          this.violate('promises keep their word', `${name} rejects with ${String(error)}`);
      },
    );
  }
}
