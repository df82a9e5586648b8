import assert from 'node:assert/strict';
import genericPool from 'generic-pool';
import * as ours from '../../../lib/clients/generic-pool/index.js';
import type { FakeTime } from './fake-time.js';
import { type Behaviour, type CreatePool, Rig } from './rig.js';

export const createOriginal = genericPool.createPool as unknown as CreatePool;
export const createOurs: CreatePool = (factory, options) => ours.createPool(factory, options);

/** Lets everything run that needs no timer. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/**
 * What a user sees of a log: the order in which the factory is called and reports failure, the order in which
 * calls are served, and how other calls end. Between two of these, order within one step is a matter of
 * microtasks and not compared.
 */
function seen(log: readonly string[]): Record<string, string[]> {
  const serving = log.filter((line) => /^acquire|^use \d+ works/.test(line));
  const factory = log.filter((line) => /^(create|destroy #\d+$|factory)/.test(line));
  const other = log.filter((line) => !serving.includes(line) && !factory.includes(line));
  return { serving, factory, other };
}

interface TwinOptions {
  /** How the pools are made, when not by `createPool`. */
  create?: { original: CreatePool; ours: CreatePool };
  /** False after a `clear()`, where the original goes on counting what it has destroyed. @default true */
  comparesAvailable?: boolean;
}

/** The original and ours, driven in step; after each step a user must see the same of both. */
export class Twins {
  readonly original: Rig;
  readonly ours: Rig;
  readonly #clock: FakeTime;
  readonly #comparesAvailable: boolean;

  constructor(
    clock: FakeTime,
    options: ours.Options,
    behaviour: Partial<Behaviour> = {},
    { create = { original: createOriginal, ours: createOurs }, comparesAvailable = true }: TwinOptions = {},
  ) {
    this.#clock = clock;
    this.#comparesAvailable = comparesAvailable;
    this.original = new Rig(create.original, options, behaviour);
    this.ours = new Rig(create.ours, options, behaviour);
    this.#compare('made');
  }

  /** Does the same to both, and compares at once and when all has settled. */
  async step(name: string, act: (rig: Rig) => void): Promise<void> {
    act(this.original);
    act(this.ours);
    this.#compareCounters(`right after: ${name}`);
    await settle();
    this.#compare(name);
  }

  /** Lets time pass for both. */
  async pass(ms: number): Promise<void> {
    await this.#clock.tickAsync(ms);
    await settle();
    this.#compare(`${ms} ms pass`);
  }

  /** The log both agree on. */
  get log(): readonly string[] {
    return this.ours.log;
  }

  #compare(after: string): void {
    assert.deepEqual(seen(this.ours.log), seen(this.original.log), `log after: ${after}`);
    this.#compareCounters(`after: ${after}`);
    const borrowed = (rig: Rig) => rig.held.map((thing) => rig.pool.isBorrowedResource(thing));
    assert.deepEqual(borrowed(this.ours), borrowed(this.original), `isBorrowedResource after: ${after}`);
  }

  #compareCounters(when: string): void {
    const [actual, expected] = [this.ours.counters(), this.original.counters()];
    if (!this.#comparesAvailable) expected.available = actual.available;
    assert.deepEqual(actual, expected, `counters ${when}`);
  }
}
