import type { Factory as OriginalFactory, Options as OriginalOptions } from 'generic-pool';
import { InvalidOptionError } from '../../pool/errors.js';
import { warnOnce } from './option-warning.js';

/** What makes, checks and destroys the resources; generic-pool's own type. */
export type Factory<T> = OriginalFactory<T>;

/** generic-pool's own options, and the two that its types leave out. */
export interface Options extends OriginalOptions {
  /** Longest a `factory.destroy` may take, ms; then `factoryDestroyError` is emitted. @default no limit */
  destroyTimeoutMillis?: number;
  /** The class of the promises that the pool gives out. @default the global Promise */
  Promise?: PromiseConstructorLike;
}

/** The options as the pool uses them: read as generic-pool reads them, every default filled in. */
export interface PoolSettings {
  readonly max: number;
  readonly min: number;
  /** Infinity = no limit. */
  readonly maxWaitingClients: number;
  readonly testOnBorrow: boolean;
  readonly testOnReturn: boolean;
  /** 0 = no limit. */
  readonly acquireTimeoutMillis: number;
  /** Infinity = no limit. */
  readonly destroyTimeoutMillis: number;
  readonly fifo: boolean;
  readonly priorityRange: number;
  readonly autostart: boolean;
  /** 0 = no eviction runs. */
  readonly evictionRunIntervalMillis: number;
  readonly numTestsPerEvictionRun: number;
  readonly softIdleTimeoutMillis: number;
  readonly idleTimeoutMillis: number;
  readonly Promise: PromiseConstructorLike;
}

const KNOWN: readonly string[] = [
  'max',
  'min',
  'maxWaitingClients',
  'testOnBorrow',
  'testOnReturn',
  'acquireTimeoutMillis',
  'destroyTimeoutMillis',
  'fifo',
  'priorityRange',
  'autostart',
  'evictionRunIntervalMillis',
  'numTestsPerEvictionRun',
  'softIdleTimeoutMillis',
  'idleTimeoutMillis',
  'Promise',
] satisfies (keyof Options)[];

/**
 * Reads options the way generic-pool does, whose callers rely on it: numbers may be strings, a missing or
 * malformed one means its default, `max` is at least 1 and `min` at most `max`. What has no effect there has
 * none here either, but is named in a process warning. What would fail every call there is refused.
 * @throws InvalidOptionError for a time limit below 0 or, where it fails every call, malformed; for `testOnBorrow` without a `validate`
 * @throws TypeError for a factory without the functions it needs
 */
export function resolveSettings<T>(factory: Factory<T>, options: Options | null | undefined): PoolSettings {
  checkFactory(factory);
  const given = new GivenOptions(options ?? {});
  const max = Math.max(given.integer('max') ?? 1, 1);
  const testOnBorrow = given.boolean('testOnBorrow', false);
  const testOnReturn = given.boolean('testOnReturn', false);
  if (testOnBorrow) requireValidate(factory);
  if (testOnReturn && factory.validate === undefined)
    warnOnce('testOnReturn', 'has no effect without factory.validate');
  return Object.freeze({
    max,
    min: Math.min(given.integer('min') ?? 0, max),
    maxWaitingClients: given.integer('maxWaitingClients') ?? Infinity,
    testOnBorrow,
    testOnReturn: testOnReturn && factory.validate !== undefined,
    acquireTimeoutMillis: given.timeLimit('acquireTimeoutMillis') ?? 0,
    destroyTimeoutMillis: given.timeLimit('destroyTimeoutMillis') ?? Infinity,
    fifo: given.boolean('fifo', true),
    priorityRange: Math.max(Math.trunc(given.number('priorityRange', 1)), 1),
    autostart: given.boolean('autostart', true),
    evictionRunIntervalMillis: Math.max(given.number('evictionRunIntervalMillis', 0), 0),
    numTestsPerEvictionRun: given.number('numTestsPerEvictionRun', 3),
    softIdleTimeoutMillis: given.number('softIdleTimeoutMillis', -1),
    idleTimeoutMillis: given.number('idleTimeoutMillis', 30_000),
    Promise: options?.Promise ?? Promise,
  });
}

/** Options as they came from the caller, of whatever type. */
class GivenOptions {
  readonly #values: Record<string, unknown>;

  constructor(options: object) {
    this.#values = options as Record<string, unknown>;
    for (const name of Object.keys(options)) {
      if (!KNOWN.includes(name)) warnOnce(name, 'does not exist and has no effect');
    }
  }

  /** A whole number, or undefined for what is none. */
  integer(name: keyof Options): number | undefined {
    const value = this.#values[name];
    if (value === undefined || value === null) return undefined;
    const parsed = Number.parseInt(String(value), 10);
    if (!Number.isNaN(parsed)) return parsed;
    warnOnce(name, 'is not a whole number and counts as left out');
    return undefined;
  }

  /** A number; 0 means the default, as it always has. */
  number(name: keyof Options, byDefault: number): number {
    const value = this.#values[name];
    if (value === undefined || value === null) return byDefault;
    const parsed = Number(value);
    if (!Number.isNaN(parsed)) return parsed === 0 ? byDefault : parsed;
    warnOnce(name, 'is not a number and counts as left out');
    return byDefault;
  }

  boolean(name: keyof Options, byDefault: boolean): boolean {
    const value = this.#values[name];
    if (typeof value === 'boolean') return value;
    if (value !== undefined && value !== null)
      warnOnce(name, 'is neither true nor false and counts as left out');
    return byDefault;
  }

  /** A number of ms above 0, or undefined for no limit: left out, null, 0, false, NaN, as it always has been. */
  timeLimit(name: 'acquireTimeoutMillis' | 'destroyTimeoutMillis'): number | undefined {
    const value = this.#values[name];
    if (!value || value === Infinity) return undefined;
    // A malformed limit fails every acquire of the original, and no destroy.
    const parsed =
      name === 'acquireTimeoutMillis' ? Number.parseInt(String(value), 10) : (this.integer(name) ?? Infinity);
    if (!(parsed > 0))
      throw new InvalidOptionError(name, value, 'a number of ms above 0, or left out for no limit');
    return parsed;
  }
}

function checkFactory(factory: Partial<Factory<unknown>>): void {
  if (typeof factory?.create !== 'function') throw new TypeError('factory.create must be a function');
  if (typeof factory.destroy !== 'function') throw new TypeError('factory.destroy must be a function');
  if (factory.validate !== undefined && typeof factory.validate !== 'function') {
    throw new TypeError('factory.validate must be a function');
  }
}

function requireValidate(factory: Factory<unknown>): void {
  if (factory.validate === undefined) {
    throw new InvalidOptionError(
      'testOnBorrow',
      true,
      'false or left out, because the factory has no validate',
    );
  }
}
