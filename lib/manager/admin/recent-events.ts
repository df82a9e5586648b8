import type { ServiceEvent } from '../manager-view.js';

const KEPT = 100;

/** The last things that happened, and whoever wants to hear of the next. */
export class RecentEvents {
  readonly #events: ServiceEvent[] = [];
  readonly #listeners = new Set<(event: ServiceEvent) => void>();

  readonly add = (event: ServiceEvent): void => {
    this.#events.push(event);
    if (this.#events.length > KEPT) this.#events.shift();
    for (const listen of this.#listeners) listen(event);
  };

  get all(): readonly ServiceEvent[] {
    return [...this.#events];
  }

  /** @returns stops it */
  listen(listener: (event: ServiceEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
