import { Timer } from '../../pool/clock.js';
import type { EvictionConfig, Evictor } from './originals.js';
import type { Slot } from './slot.js';

/** What eviction needs of its pool. */
export interface EvictionHost<T> {
  /** Calls `act` as soon as it is certain which resources are idle. */
  whenSteady(act: () => void): void;
  /** The idle resources, the one to be lent next first. */
  idleInOrder(): Slot<T>[];
  /** Destroys an idle resource. */
  evict(slot: Slot<T>): void;
}

/** How often and how thoroughly eviction looks. */
export interface EvictionPlan {
  readonly config: EvictionConfig;
  readonly intervalMillis: number;
  readonly testsPerRun: number;
}

/**
 * Asks the evictor, at intervals, about a few of the idle resources. Each run goes on behind the resource
 * the last one ended with, as long as that one is still idle, and else begins at the front.
 * A run costs one pass over the idle resources; there is one unref'd timer, and none without an interval.
 */
export class Eviction<T> {
  readonly #evictor: Evictor<T>;
  readonly #plan: EvictionPlan;
  readonly #host: EvictionHost<T>;
  #timer: Timer | undefined;
  /** The resource looked at last, and since when it had been idle. */
  #last: { readonly slot: Slot<T>; readonly turn: number } | undefined;

  constructor(evictor: Evictor<T>, plan: EvictionPlan, host: EvictionHost<T>) {
    this.#evictor = evictor;
    this.#plan = plan;
    this.#host = host;
  }

  start(): void {
    const { intervalMillis } = this.#plan;
    if (intervalMillis === 0) return;
    this.#timer = new Timer(
      () => {
        // Set first: an evictor that throws ends its run, not all runs to come.
        this.start();
        this.#host.whenSteady(() => this.#run());
      },
      intervalMillis,
      false,
    );
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #run(): void {
    const { config, testsPerRun } = this.#plan;
    const idle = this.#host.idleInOrder();
    let at = this.#startIn(idle);
    for (let tests = Math.min(testsPerRun, idle.length); tests > 0; tests--) {
      if (at >= idle.length) at = 0;
      const slot = idle[at]!;
      if (this.#evictor.evict(config, slot.pooled, idle.length) === true) {
        idle.splice(at, 1);
        this.#last = undefined;
        this.#host.evict(slot);
        at = 0;
      } else {
        this.#last = { slot, turn: slot.turn };
        at++;
      }
    }
  }

  #startIn(idle: readonly Slot<T>[]): number {
    const last = this.#last;
    return last === undefined || last.slot.turn !== last.turn ? 0 : idle.indexOf(last.slot) + 1;
  }
}
