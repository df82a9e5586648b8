import type { EventEmitter } from 'node:events';
import type { Factory } from 'generic-pool';
import type { Options } from '../../../lib/clients/generic-pool/index.js';

/** A pool of either kind, by what both let a user see. */
export interface EitherPool extends EventEmitter {
  readonly size: number;
  readonly available: number;
  readonly borrowed: number;
  readonly pending: number;
  readonly spareResourceCapacity: number;
  readonly max: number;
  readonly min: number;
  start(): void;
  acquire(priority?: number): Promise<Thing>;
  release(thing: Thing): Promise<void>;
  destroy(thing: Thing): Promise<void>;
  use<U>(fn: (thing: Thing) => U | Promise<U>, priority?: number): Promise<U>;
  drain(): Promise<void>;
  clear(): Promise<void>;
  ready(): Promise<void>;
  isBorrowedResource(thing: Thing): boolean;
}

/** What the factory of a rig makes. */
export interface Thing {
  readonly id: number;
}

export type CreatePool = (factory: Factory<Thing>, options: Options) => EitherPool;

/** How the factory of a rig behaves; may be changed at any time. */
export interface Behaviour {
  /** Creations wait for `finishCreate`. */
  slowCreate: boolean;
  /** `destroy` never settles. */
  neverDestroyed: boolean;
  /** Ids whose `destroy` rejects. */
  undestroyable: Set<number>;
  /** Ids that `validate` refuses. */
  invalid: Set<number>;
  hasValidate: boolean;
  /** How long `validate` takes. */
  validateMs: number;
}

/** One pool under a script, and the log of everything its user and its factory see. */
export class Rig {
  readonly log: string[] = [];
  readonly pool: EitherPool;
  readonly held: Thing[] = [];
  readonly #pendingCreates: { resolve(thing: Thing): void; reject(error: Error): void; id: number }[] = [];
  readonly behaviour: Behaviour;
  #created = 0;
  #calls = 0;

  constructor(create: CreatePool, options: Options, behaviour: Partial<Behaviour> = {}) {
    this.behaviour = {
      slowCreate: false,
      neverDestroyed: false,
      hasValidate: false,
      validateMs: 0,
      ...behaviour,
      undestroyable: new Set(behaviour.undestroyable),
      invalid: new Set(behaviour.invalid),
    };
    this.pool = create(this.#factory(), options);
    this.pool.on('factoryCreateError', (error: Error) =>
      this.log.push(`factoryCreateError: ${error.message}`),
    );
    this.pool.on('factoryDestroyError', (error: Error) =>
      this.log.push(`factoryDestroyError: ${error.message}`),
    );
  }

  /** Creations that wait for `finishCreate`. */
  get pendingCreates(): number {
    return this.#pendingCreates.length;
  }

  /** What the counters say. */
  counters() {
    const { size, available, borrowed, pending, spareResourceCapacity, max, min } = this.pool;
    return { size, available, borrowed, pending, spareResourceCapacity, max, min };
  }

  acquire(priority?: number): void {
    const call = `acquire ${++this.#calls}`;
    this.#note(call, this.pool.acquire(priority), (thing) => {
      this.held.push(thing);
      return `#${thing.id}`;
    });
  }

  use(outcome: 'returns' | 'rejects'): void {
    const call = `use ${++this.#calls}`;
    const work = this.pool.use(async (thing) => {
      this.log.push(`${call} works on #${thing.id}`);
      if (outcome === 'rejects') throw new Error('work failed');
      return thing.id;
    });
    this.#note(call, work, (id) => `returned ${id}`);
  }

  /** Gives back the nth of the things held, counted around. */
  giveBack(how: 'release' | 'destroy', n: number): void {
    if (this.held.length === 0) return;
    const [thing] = this.held.splice(n % this.held.length, 1);
    this.#note(`${how} #${thing!.id}`, this.pool[how](thing!));
  }

  /** From now on `validate` refuses the nth of the things held, unless one that it refuses is still around. */
  poison(n: number): void {
    const { invalid } = this.behaviour;
    const around = [...invalid].some((id) => !this.log.includes(`destroy #${id}`));
    if (!around && this.held.length > 0) invalid.add(this.held[n % this.held.length]!.id);
  }

  giveBackStranger(how: 'release' | 'destroy'): void {
    this.#note(`${how} of a stranger`, this.pool[how]({ id: -1 }));
  }

  wait(what: 'drain' | 'clear' | 'ready'): void {
    this.#note(what, this.pool[what]());
  }

  /** Ends the creation that has waited longest. */
  finishCreate(error?: Error): void {
    const create = this.#pendingCreates.shift();
    if (create === undefined) return;
    if (error === undefined) create.resolve({ id: create.id });
    else create.reject(error);
  }

  #factory(): Factory<Thing> {
    const { behaviour, log } = this;
    const factory: Factory<Thing> = {
      create: () => {
        const id = ++this.#created;
        log.push(`create #${id}`);
        if (!behaviour.slowCreate) return Promise.resolve({ id });
        return new Promise((resolve, reject) => this.#pendingCreates.push({ resolve, reject, id }));
      },
      destroy: ({ id }) => {
        log.push(`destroy #${id}`);
        if (behaviour.neverDestroyed) return new Promise(() => {});
        return behaviour.undestroyable.has(id)
          ? Promise.reject(new Error(`cannot destroy #${id}`))
          : Promise.resolve();
      },
    };
    if (behaviour.hasValidate) {
      factory.validate = async ({ id }) => {
        if (behaviour.validateMs > 0)
          await new Promise((resolve) => setTimeout(resolve, behaviour.validateMs));
        return !behaviour.invalid.has(id);
      };
    }
    return factory;
  }

  #note<R>(call: string, promise: Promise<R>, show: (value: R) => string = () => 'done'): void {
    promise.then(
      (value) => this.log.push(`${call} -> ${show(value)}`),
      (error: Error) => this.log.push(`${call} x ${error.name}: ${error.message}`),
    );
  }
}
