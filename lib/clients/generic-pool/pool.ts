import { EventEmitter } from 'node:events';
import type { Transport } from '../../pool/transport.js';
import { asAcquireError } from './acquire-error.js';
import { Eviction } from './eviction.js';
import { type Loan, Loans } from './loans.js';
import { warnOnce } from './option-warning.js';
import { Deque, type EvictorConstructor, PriorityQueue } from './originals.js';
import { type Factory, type Options, type PoolSettings, resolveSettings } from './pool-settings.js';
import type { Slot } from './slot.js';
import { StateWatch } from './state-watch.js';
import { Stock } from './stock.js';

/**
 * The pool of the package generic-pool, 3.9, on the engine of this one: the same methods, counters, events and
 * options, so that code written for the one runs on the other.
 *
 * Emits `factoryCreateError` and `factoryDestroyError` with what the factory failed with.
 */
export class Pool<T> extends EventEmitter {
  readonly #settings: PoolSettings;
  readonly #stock: Stock<T>;
  readonly #loans = new Loans<T>();
  readonly #eviction: Eviction<T>;
  /** Calls of `acquire` that have not settled. */
  #acquiring = 0;
  /** Resources under validation on their way back (`testOnReturn`). */
  #returning = 0;
  #started = false;
  #draining = false;
  readonly #watch = new StateWatch();

  /**
   * `createPool` is the usual way to make one; this one takes an evictor of your own.
   * @param Evictor a class with an `evict` method; one is made for the pool
   * @param DequeClass generic-pool's `Deque`; there for compatibility, the engine has its own
   * @param QueueClass generic-pool's `PriorityQueue`; there for compatibility, the engine has its own
   * @throws TypeError for a factory without `create` and `destroy`
   * @throws InvalidOptionError for options that would fail every call
   */
  constructor(
    Evictor: EvictorConstructor<T>,
    DequeClass: unknown,
    QueueClass: unknown,
    factory: Factory<T>,
    options?: Options | null,
  ) {
    super();
    this.#settings = resolveSettings(factory, options);
    if (DequeClass !== Deque) warnOnce('Deque', 'is not used: idle resources are kept by the engine');
    if (QueueClass !== PriorityQueue) warnOnce('PriorityQueue', 'is not used: the engine queues the calls');
    this.#stock = new Stock(factory, this.#settings, {
      createFailed: (reason) => this.emit('factoryCreateError', reason),
      destroyFailed: (reason) => this.emit('factoryDestroyError', reason),
      opened: () => this.#watch.changed(),
      tested: () => this.#tested(),
      left: () => this.#refill(),
    });
    const { softIdleTimeoutMillis, idleTimeoutMillis, min } = this.#settings;
    this.#eviction = new Eviction(
      new Evictor(),
      {
        config: { softIdleTimeoutMillis, idleTimeoutMillis, min },
        intervalMillis: this.#settings.evictionRunIntervalMillis,
        testsPerRun: this.#settings.numTestsPerEvictionRun,
      },
      {
        whenSteady: (run) => this.#whenSteady(run),
        idleInOrder: () => this.#stock.idleInOrder(),
        evict: (slot) => this.#evict(slot),
      },
    );
    if (this.#settings.autostart) this.start();
  }

  /** How many more resources the pool could make. */
  get spareResourceCapacity(): number {
    return this.max - this.size;
  }

  /** Resources, lent ones and those being made included. */
  get size(): number {
    const { open, dialing } = this.#stock.stats();
    return open + dialing;
  }

  /** Idle resources. */
  get available(): number {
    return this.#stock.stats().idle;
  }

  /** Resources in callers' hands. */
  get borrowed(): number {
    return this.#stock.stats().inUse - this.#returning;
  }

  /** Calls of `acquire` that wait. */
  get pending(): number {
    return this.#acquiring - this.#handovers;
  }

  /** Most resources the pool makes. */
  get max(): number {
    return this.#settings.max;
  }

  /** Fewest resources the pool keeps, lent ones included. */
  get min(): number {
    return this.#settings.min;
  }

  /** Makes the first `min` resources and starts eviction. Only of use with `autostart: false`. */
  start(): void {
    if (this.#draining || this.#started) return;
    this.#started = true;
    this.#eviction.start();
    this.#fill();
  }

  /**
   * Borrows a resource.
   * @param priority lower is served first, from 0 to `priorityRange` - 1; anything else counts as the last
   * @throws what `factory.create` failed with, a TimeoutError, or an Error when the pool is draining or
   * `maxWaitingClients` is met (as rejections)
   */
  acquire(priority?: number): Promise<T> {
    return this.#give(this.#borrow(priority, resourceOf));
  }

  /**
   * Borrows a resource for one call of `fn`; it is given back when `fn` ends well and destroyed when it fails.
   * @throws what `acquire` and `fn` throw (as rejections)
   */
  use<U>(fn: (resource: T) => U | PromiseLike<U>, priority?: number): Promise<U> {
    return this.#give(this.#borrow(priority, (loan) => this.#useLoan(loan, fn)));
  }

  /** Whether a resource is in a caller's hands. */
  isBorrowedResource(resource: T): boolean {
    return this.#loans.has(resource);
  }

  /**
   * Gives a resource back. With `testOnReturn` it is validated first, and destroyed when that fails.
   * @throws Error when the resource is not lent (as a rejection)
   */
  release(resource: T): Promise<void> {
    const loan = this.#loans.take(resource);
    return this.#give(loan === undefined ? notLent() : this.#giveBack(loan));
  }

  /**
   * Gives a resource back to be destroyed; does not wait for `factory.destroy`.
   * @throws Error when the resource is not lent (as a rejection)
   */
  destroy(resource: T): Promise<void> {
    const loan = this.#loans.take(resource);
    if (loan === undefined) return this.#give(notLent());
    this.#destroyLent(loan.transport);
    return this.#give(Promise.resolve());
  }

  /**
   * Takes no more calls of `acquire` and keeps no more `min`; resolves when all calls that wait have been
   * served, all resources given back, and eviction has stopped. `clear()` then destroys the resources.
   */
  drain(): Promise<void> {
    this.#draining = true;
    const isQuiet = () => this.#acquiring + this.#loans.size + this.#returning === 0;
    return this.#give(this.#watch.until(isQuiet).then(() => this.#eviction.stop()));
  }

  /** Destroys all idle resources, those being made at the time included; resolves when they are destroyed. */
  clear(): Promise<void> {
    return this.#give(this.#clear());
  }

  /** Resolves when at least `min` resources are idle. */
  ready(): Promise<void> {
    return this.#give(this.#watch.until(() => this.available >= this.min));
  }

  /** Resources given to a call of `acquire` whose promise is about to resolve. */
  get #handovers(): number {
    return this.borrowed - this.#loans.size;
  }

  /** Borrows, and gives what `take` makes of the loan. */
  #borrow<R>(priority: number | undefined, take: (loan: Loan<T>) => R | Promise<R>): Promise<R> {
    if (!this.#settings.autostart) this.start();
    if (this.#draining) return Promise.reject(new Error('pool is draining and cannot accept work'));
    if (this.#isFull()) return Promise.reject(new Error('max waitingClients count exceeded'));
    const transport = this.#stock.tryLend();
    if (transport !== undefined) return Promise.resolve(take(this.#lent(transport)));
    this.#acquiring++;
    return this.#stock.lend(lineOf(priority, this.#settings.priorityRange)).then(
      (served) => {
        const loan = this.#lent(served);
        this.#noLongerWaiting();
        return take(loan);
      },
      (error) => {
        this.#noLongerWaiting();
        throw asAcquireError(error);
      },
    );
  }

  #noLongerWaiting(): void {
    this.#acquiring--;
    this.#watch.changed();
  }

  #lent(transport: Transport<Slot<T>>): Loan<T> {
    this.#stock.lent(transport.client);
    return this.#loans.add(transport);
  }

  #isFull(): boolean {
    const { maxWaitingClients } = this.#settings;
    if (maxWaitingClients === Infinity) return false;
    return this.spareResourceCapacity < 1 && this.available < 1 && this.pending >= maxWaitingClients;
  }

  async #useLoan<U>(loan: Loan<T>, fn: (resource: T) => U | PromiseLike<U>): Promise<U> {
    let result: Awaited<U>;
    try {
      result = await fn(loan.slot.pooled.obj);
    } catch (error) {
      if (this.#loans.end(loan)) this.#destroyLent(loan.transport);
      throw error;
    }
    // What fn gave back itself may be in other hands by now.
    if (this.#loans.end(loan)) await this.#giveBack(loan);
    return result;
  }

  /** The loan has been taken off the books. */
  #giveBack({ transport, slot }: Loan<T>): Promise<void> {
    slot.pooled.deallocate();
    if (this.#settings.testOnReturn) return this.#testAndPutBack(transport);
    this.#putBack(transport);
    return Promise.resolve();
  }

  async #testAndPutBack(transport: Transport<Slot<T>>): Promise<void> {
    this.#returning++;
    const isValid = await this.#stock.test(transport.client);
    this.#returning--;
    if (isValid) this.#putBack(transport);
    else this.#destroyLent(transport);
  }

  #putBack(transport: Transport<Slot<T>>): void {
    this.#stock.takeBack(transport);
    this.#watch.changed();
  }

  #destroyLent(transport: Transport<Slot<T>>): void {
    this.#stock.takeBackBroken(transport);
    this.#refill();
  }

  async #clear(): Promise<void> {
    await this.#stock.creations.ended();
    await new Promise<void>((resolve) => {
      this.#whenSteady(() => {
        for (const slot of this.#stock.idleInOrder()) this.#evict(slot);
        resolve();
      });
    });
    await this.#stock.destructions.ended();
  }

  #evict(slot: Slot<T>): void {
    this.#stock.evict(slot);
    this.#fill();
  }

  #refill(): void {
    this.#fill();
    this.#watch.changed();
  }

  #fill(): void {
    if (!this.#draining) this.#stock.fill(this.pending);
  }

  /** Runs `act` when no resource is on its way to a caller, which is a matter of microtasks. */
  #whenSteady(act: () => void): void {
    if (this.#handovers === 0) act();
    else queueMicrotask(() => this.#whenSteady(act));
  }

  /** The engine puts a tested resource in its place a few microtasks from now. */
  #tested(): void {
    if (this.#watch.isOn) setImmediate(() => this.#watch.changed());
  }

  /** In the class of promise that the pool's options ask for. */
  #give<R>(promise: Promise<R>): Promise<R> {
    const PromiseClass = this.#settings.Promise;
    if (PromiseClass === Promise) return promise;
    return new PromiseClass<R>((resolve, reject) => void promise.then(resolve, reject)) as Promise<R>;
  }
}

/** The line of the queue that a priority stands for: whatever is out of range waits in the last. */
function lineOf(priority: number | undefined, lines: number): number {
  // As a 32-bit integer, 0 for what is no number.
  const line = Number(priority) | 0;
  return line < 0 || line >= lines ? lines - 1 : line;
}

function resourceOf<T>(loan: Loan<T>): T {
  return loan.slot.pooled.obj;
}

function notLent(): Promise<never> {
  return Promise.reject(new Error('Resource not currently part of this pool'));
}
