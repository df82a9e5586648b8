import { type Reading, readSources, type Sources } from './sources.js';

/**
 * The figures of some sources, read once for all the metrics of one scrape: they belong together, and ten metrics
 * do not ask a thousand pools ten times.
 */
export class CurrentReading {
  #reading: Reading | undefined;

  constructor(private readonly sources: Sources) {}

  /** The reading of this turn of the event loop. */
  get(): Reading {
    if (this.#reading === undefined) {
      this.#reading = readSources(this.sources);
      queueMicrotask(() => {
        this.#reading = undefined;
      });
    }
    return this.#reading;
  }
}
