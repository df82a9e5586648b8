import { getEventListeners } from 'node:events';
import type { SignalSpec } from './steps.js';
import type { World } from './world.js';

/** The abort signals of the callers, and how many calls still use each. */
export class Signals {
  readonly #world: World;
  readonly #shared = new Map<number, AbortController>();
  readonly #users = new Map<AbortSignal, number>();

  constructor(world: World) {
    this.#world = world;
  }

  of(spec: SignalSpec | undefined): AbortSignal | undefined {
    if (spec === undefined) return undefined;
    if (spec.kind === 'shared') return this.#slot(spec.slot).signal;
    const controller = new AbortController();
    if (spec.kind === 'aborted') controller.abort(new Error('aborted beforehand'));
    else
      this.#world.time.after(spec.abortAfterMs, () => controller.abort(new Error('aborted by its caller')));
    return controller.signal;
  }

  abort(slot: number): void {
    this.#slot(slot).abort(new Error(`shared signal ${slot} aborted`));
  }

  /** A call uses the signal until it has settled. */
  use(signal: AbortSignal | undefined): void {
    if (signal !== undefined) this.#users.set(signal, (this.#users.get(signal) ?? 0) + 1);
  }

  release(signal: AbortSignal | undefined): void {
    if (signal !== undefined) this.#users.set(signal, (this.#users.get(signal) ?? 0) - 1);
  }

  /** No call, no listener. */
  check(): void {
    for (const [signal, users] of this.#users) {
      if (users > 0) continue;
      const left = getEventListeners(signal, 'abort').length;
      if (left > 0) {
        this.#world.violate('no listener stays', `${left} on the signal of calls that have all settled`);
      }
      this.#users.delete(signal);
    }
  }

  #slot(slot: number): AbortController {
    let controller = this.#shared.get(slot);
    if (controller === undefined || controller.signal.aborted) {
      controller = new AbortController();
      this.#shared.set(slot, controller);
    }
    return controller;
  }
}
