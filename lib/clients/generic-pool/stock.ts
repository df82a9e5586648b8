import { ConnPool } from '../../pool/conn-pool.js';
import { ConnPoolError } from '../../pool/errors.js';
import type { DialContext } from '../../pool/options.js';
import type { PoolStats } from '../../pool/stats.js';
import type { Transport } from '../../pool/transport.js';
import { OpenWork } from './open-work.js';
import type { Factory, PoolSettings } from './pool-settings.js';
import { Slot } from './slot.js';

/** Who hears of what happens in the stock. */
export interface StockListener {
  createFailed(reason: unknown): void;
  destroyFailed(reason: unknown): void;
  /** A resource was made. */
  opened(): void;
  /** A test before a loan has ended; the resource goes to a caller, becomes idle or is destroyed. */
  tested(): void;
  /** A resource is being destroyed. */
  left(): void;
}

/**
 * The resources of a pool: the engine with a generic-pool factory under it, and what an evictor and `clear` need
 * to know beyond it, namely which resources are idle and in which order.
 */
export class Stock<T> {
  readonly #factory: Factory<T>;
  readonly #settings: PoolSettings;
  readonly #listener: StockListener;
  readonly #pool: ConnPool<Slot<T>>;
  /** Idle resources, the one idle longest first. One just given to a waiting call stays until the call has it. */
  readonly #idle = new Set<Slot<T>>();
  #turns = 0;
  /** Calls of `factory.create` whose resource is not yet part of the pool. */
  readonly creations = new OpenWork();
  /** Calls of `factory.destroy` that have neither ended nor run out of time. */
  readonly destructions = new OpenWork();

  constructor(factory: Factory<T>, settings: PoolSettings, listener: StockListener) {
    this.#factory = factory;
    this.#settings = settings;
    this.#listener = listener;
    this.#pool = new ConnPool<Slot<T>>({
      dial: (ctx) => this.#create(ctx),
      close: (slot) => this.#destroy(slot),
      ...(settings.testOnBorrow && { heartbeat: (slot: Slot<T>) => this.#testBeforeLoan(slot) }),
      maxActive: settings.max,
      waitTimeoutMs: settings.acquireTimeoutMillis,
      idleOrder: settings.fifo ? 'fifo' : 'lifo',
      // What generic-pool does not do: retry within a create, limit it, or look after idle resources by itself.
      dialRetryCount: 0,
      dialTimeoutMs: Infinity,
      heartbeatIntervalMs: 0,
      heartbeatTimeoutMs: Infinity,
      closeTimeoutMs: settings.destroyTimeoutMillis,
      idleTimeoutMs: 0,
    });
    this.#pool.on('open', (slot) => this.#opened(slot));
    this.#pool.on('dialError', (error) => listener.createFailed(error));
    this.#pool.on('closeError', (error, slot) => this.#destroyFailed(error, slot));
  }

  /** The engine's figures. */
  stats(): PoolStats {
    return this.#pool.stats();
  }

  /** Lends what is idle right now, if anything is and needs no test; tell {@link lent} of it. */
  tryLend(): Transport<Slot<T>> | undefined {
    return this.#pool.tryGet();
  }

  /** Lends a resource, in order of `priority`; tell {@link lent} of it. */
  lend(priority: number): Promise<Transport<Slot<T>>> {
    return this.#pool.get({ priority });
  }

  /** A caller has got a resource. */
  lent(slot: Slot<T>): void {
    this.#idle.delete(slot);
    slot.pooled.allocate();
  }

  /** Takes a resource back. */
  takeBack(transport: Transport<Slot<T>>): void {
    this.#shelve(transport.client);
    void transport.close();
  }

  /** Takes a resource back and destroys it. */
  takeBackBroken(transport: Transport<Slot<T>>): void {
    void transport.close(true);
  }

  /** Whether a lent resource is still valid. */
  async test({ pooled }: Slot<T>): Promise<boolean> {
    pooled.returning();
    try {
      return (await this.#factory.validate?.(pooled.obj)) !== false;
    } catch {
      return false;
    }
  }

  /** Makes resources until there are `min`, those lent and being made included; `waiting` calls wait. */
  fill(waiting: number): void {
    const { open, idle, checking, dialing } = this.#pool.stats();
    const short = this.#settings.min - open - dialing;
    if (short <= 0) return;
    // The engine counts towards a warm-up what is idle or will be: creations that no waiting call will take.
    const onTheirWay = Math.max(0, dialing - waiting);
    // A failure was reported as an event; nobody awaits the warm-up itself.
    this.#pool.warmUp(idle + checking + onTheirWay + short).catch(() => {});
  }

  /** The idle resources, the one to be lent next first. */
  idleInOrder(): Slot<T>[] {
    const idle = [...this.#idle].filter((slot) => slot.pooled.state === 'IDLE');
    return this.#settings.fifo ? idle : idle.reverse();
  }

  /** Destroys a resource that is idle. */
  evict(slot: Slot<T>): void {
    if (this.#idle.has(slot)) slot.markBroken();
  }

  #shelve(slot: Slot<T>): void {
    slot.turn = ++this.#turns;
    slot.pooled.idle();
    this.#idle.add(slot);
  }

  async #create(ctx: DialContext): Promise<Slot<T>> {
    const settled = this.creations.begin();
    try {
      const resource = await this.#factory.create();
      return new Slot(resource, () => ctx.markBroken(), settled);
    } catch (error) {
      settled();
      throw error;
    }
  }

  #opened(slot: Slot<T>): void {
    this.#shelve(slot);
    slot.settled();
    queueMicrotask(this.#listener.opened);
  }

  async #testBeforeLoan({ pooled }: Slot<T>): Promise<boolean | undefined> {
    pooled.test();
    const valid = await this.#factory.validate?.(pooled.obj);
    if (pooled.state === 'VALIDATION') pooled.state = 'IDLE';
    this.#listener.tested();
    return valid;
  }

  async #destroy(slot: Slot<T>): Promise<void> {
    slot.pooled.invalidate();
    this.#idle.delete(slot);
    slot.settled();
    slot.destroyed = this.destructions.begin();
    // One refused when it was just made would only be made, and refused, again.
    if (slot.turn > 0) queueMicrotask(this.#listener.left);
    await this.#factory.destroy(slot.pooled.obj);
    slot.destroyed();
  }

  #destroyFailed(error: unknown, slot: Slot<T>): void {
    slot.destroyed();
    const timedOut = error instanceof ConnPoolError && error.code === 'ERR_CLOSE_TIMEOUT';
    this.#listener.destroyFailed(timedOut ? new Error('destroy timed out', { cause: error }) : error);
  }
}
