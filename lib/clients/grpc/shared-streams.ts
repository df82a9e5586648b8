import { now } from '../../pool/clock.js';
import type { ConnPool } from '../../pool/conn-pool.js';
import {
  PoolClosedError,
  PoolExhaustedError,
  type WaitPhase,
  WaitQueueFullError,
  WaitTimeoutError,
} from '../../pool/errors.js';
import type { GetOptions, ResolvedLimits } from '../../pool/options.js';
import type { SourceStats } from '../../pool/source-stats.js';
import type { Transport } from '../../pool/transport.js';
import type { Waiter } from '../../pool/waiter.js';
import { type LineHost, WaitingLine } from '../../pool/waiting-line.js';
import { Room, SharedConnection } from './shared-connection.js';
import { type StreamLender, StreamLoan } from './stream-loan.js';

/** What the shares of a pool need of it. */
export interface StreamsHost<TClient> {
  readonly name: string;
  readonly connections: ConnPool<TClient>;
  readonly limits: ResolvedLimits;
  stats(): SourceStats;
  /** The last share was given back. */
  unused(): void;
}

/**
 * Who uses which connection, and every change of it, a method each. A connection is taken from the pool when all
 * those in use are full, and goes back when nobody uses it.
 *
 * Invariants: a connection is in `#byClient` while somebody uses it or its transport is here; it is in `#room` while
 * its transport is here and it has a share to spare; calls wait only while no connection has one.
 */
export class SharedStreams<TClient extends object> implements StreamLender<TClient>, LineHost<TClient> {
  readonly counters = { gets: 0, waits: 0, waitTimeouts: 0, rejected: 0, waitMsTotal: 0 };
  readonly line = new WaitingLine<TClient>(this);
  /** Shares in use. */
  inUse = 0;
  isClosed = false;
  readonly #host: StreamsHost<TClient>;
  readonly #perConnection: number;
  readonly #byClient = new Map<TClient, SharedConnection<TClient>>();
  readonly #room = new Room<TClient>();
  /** Connections whose transports are here. */
  #held = 0;
  /** Connections asked of the pool and not there yet; each will serve `#perConnection` calls. */
  #asked = 0;
  /** When each connection was first lent, and by how much its lifetime is stretched. */
  readonly #ages = new WeakMap<TClient, { readonly since: number; readonly stretch: number }>();
  #lastDialError: unknown;
  /** Connections being closed that the pool has let go of. */
  readonly #closing = new Set<Promise<void>>();

  constructor(host: StreamsHost<TClient>, perConnection: number) {
    this.#host = host;
    this.#perConnection = perConnection;
    host.connections.on('dialError', (error) => {
      this.#lastDialError = error;
    });
    host.connections.on('open', () => {
      this.#lastDialError = undefined;
    });
  }

  get name(): string {
    return this.#host.name;
  }

  get limits(): ResolvedLimits {
    return this.#host.limits;
  }

  /** Calls that no connection on its way will serve. */
  get waiting(): number {
    return Math.max(0, this.line.size - this.#claims());
  }

  #claims(): number {
    return this.#asked * this.#perConnection;
  }

  /** How many connections may be in use or asked for. */
  #bound(): number {
    const { wait, maxActive, maxOverflow } = this.limits;
    return wait ? maxActive : maxActive + maxOverflow;
  }

  // ---- lending

  /** A share that is there right now, unless somebody waits for one. */
  lendNow(): Transport<TClient> | undefined {
    if (this.line.size > 0 || this.isClosed) return undefined;
    const conn = this.#withRoom() ?? this.#takeIdle();
    if (conn === undefined) return undefined;
    return this.#lend(conn);
  }

  wait(options: GetOptions | undefined): Promise<Transport<TClient>> {
    if (this.isClosed) return Promise.reject(new PoolClosedError(this.name));
    const queued = this.line.size >= this.#claims() && this.#held + this.#asked >= this.#bound();
    if (queued) {
      const refusal = this.#refusal();
      if (refusal !== undefined) {
        this.counters.rejected++;
        return Promise.reject(refusal);
      }
      this.counters.waits++;
    }
    return this.line.join(options, queued);
  }

  #refusal(): Error | undefined {
    const { wait, maxWaiting } = this.limits;
    if (!wait) return new PoolExhaustedError(this.#host.stats(), this.#bound());
    if (this.waiting >= maxWaiting) return new WaitQueueFullError(this.#host.stats(), maxWaiting);
    return undefined;
  }

  expired(waiter: Waiter<TClient>): void {
    this.counters.waitTimeouts++;
    const phase: WaitPhase = this.#asked > 0 ? 'dial' : 'queue';
    const { timeoutMs } = waiter.lane!;
    this.line.reject(waiter, new WaitTimeoutError(this.#host.stats(), timeoutMs, phase, this.#lastDialError));
  }

  /** Asks for as many connections as those who wait need and the limits allow. */
  pump(): void {
    while (this.line.size > this.#claims() && this.#held + this.#asked < this.#bound()) void this.#ask();
  }

  /** Its own deadline is none: those who wait have theirs, and the pool bounds every dial. */
  async #ask(): Promise<void> {
    this.#asked++;
    let transport: Transport<TClient>;
    try {
      transport = await this.#host.connections.get({ timeoutMs: 0 });
    } catch (error) {
      this.#asked--;
      // Those whom the connection would have served; they would else learn of the same failure one dial later each.
      for (let i = 0; i < this.#perConnection && this.line.size > 0; i++) {
        this.line.reject(this.line.first()!, error);
      }
      this.pump();
      return;
    }
    this.#asked--;
    this.#settle(this.#adopt(transport));
  }

  #takeIdle(): SharedConnection<TClient> | undefined {
    const transport = this.#host.connections.tryGet();
    return transport === undefined ? undefined : this.#adopt(transport);
  }

  #adopt(transport: Transport<TClient>): SharedConnection<TClient> {
    const { client } = transport;
    const conn = this.#byClient.get(client) ?? new SharedConnection(client);
    conn.transport = transport;
    this.#byClient.set(client, conn);
    this.#held++;
    // Up to 10 % more each, so that connections dialed together do not all end together.
    if (!this.#ages.has(client)) this.#ages.set(client, { since: now(), stretch: 1 + Math.random() * 0.1 });
    if (conn.streams < this.#perConnection) this.#room.add(conn);
    return conn;
  }

  #withRoom(): SharedConnection<TClient> | undefined {
    for (;;) {
      const conn = this.#room.last;
      if (conn === undefined || !this.#isTooOld(conn)) return conn;
      this.#letGo(conn, false);
    }
  }

  /**
   * One that is never unused would never be seen by the pool, which closes what is too old. The pool has just vouched
   * for one that nobody uses yet.
   */
  #isTooOld({ client, streams }: SharedConnection<TClient>): boolean {
    const { maxLifetimeMs } = this.limits;
    if (maxLifetimeMs === 0 || streams === 0) return false;
    const { since, stretch } = this.#ages.get(client)!;
    return now() - since >= maxLifetimeMs * stretch;
  }

  #lend(conn: SharedConnection<TClient>): Transport<TClient> {
    conn.streams++;
    this.inUse++;
    if (conn.streams >= this.#perConnection) this.#room.remove(conn);
    return new StreamLoan(this, conn);
  }

  // ---- coming back

  giveBack(conn: SharedConnection<TClient>, isBroken: boolean): void {
    conn.streams--;
    this.inUse--;
    if (isBroken) this.#letGo(conn, true);
    this.#settle(conn);
    if (this.inUse === 0) this.#host.unused();
  }

  /** Gives what a connection has to spare to those who wait; one that nobody uses leaves. */
  #settle(conn: SharedConnection<TClient>): void {
    if (conn.transport !== undefined) {
      if (conn.streams < this.#perConnection) this.#room.add(conn);
      this.#serve();
    }
    if (conn.streams === 0) this.#leave(conn);
    this.pump();
  }

  #serve(): void {
    while (this.line.size > 0) {
      const conn = this.#withRoom();
      if (conn === undefined) return;
      const waiter = this.line.shift();
      const loan = this.#lend(conn);
      this.line.announce(waiter, conn.client);
      waiter.resolve(loan);
    }
  }

  /** Nobody uses the connection any more. */
  #leave(conn: SharedConnection<TClient>): void {
    this.#letGo(conn, false);
    this.#byClient.delete(conn.client);
    conn.closeWhenUnused?.();
    conn.closeWhenUnused = undefined;
  }

  /** Gives the connection to its pool, which closes it when it is of no use; those who use it go on. */
  #letGo(conn: SharedConnection<TClient>, isBroken: boolean): void {
    const { transport } = conn;
    if (transport === undefined) return;
    this.#room.remove(conn);
    conn.transport = undefined;
    this.#held--;
    if (conn.streams === 0) this.#byClient.delete(conn.client);
    void transport.close(isBroken);
  }

  // ---- leaving the pool

  /** The connection has failed: its slot is free at once, whoever still holds it. */
  lost(client: TClient): void {
    const conn = this.#byClient.get(client);
    if (conn?.transport === undefined) return;
    this.#letGo(conn, true);
    this.pump();
  }

  /** Takes no further callers on any connection that is in use now. */
  retireAll(): void {
    for (const conn of [...this.#byClient.values()]) this.#letGo(conn, false);
    this.pump();
  }

  /** The pool closes a connection: `close` runs when nobody uses it any more. */
  async whenUnused(client: TClient, close: () => Promise<void>): Promise<void> {
    const conn = this.#byClient.get(client);
    if (conn === undefined || conn.isCut) return close();
    conn.closeWhenUnused = () => {
      const closing = close().finally(() => this.#closing.delete(closing));
      this.#closing.add(closing);
    };
  }

  /** Resolves when no connection is being closed that the pool has let go of. */
  async closed(): Promise<void> {
    await Promise.all(this.#closing);
  }

  /** Closes every connection under those who use it. */
  cutAll(): void {
    for (const conn of [...this.#byClient.values()]) {
      conn.isCut = true;
      this.#letGo(conn, false);
      this.#leave(conn);
    }
  }
}
