import type { CurrentReading } from './current-reading.js';
import type { PoolPlace } from './sources.js';

/**
 * Finds the place of a pool that a diagnostics channel told of. The channels tell of every pool of the process, by
 * its name alone, so the answer is kept, also that a pool is none of those observed.
 */
export class PlaceLookup {
  readonly #places = new Map<string, PoolPlace | undefined>();

  constructor(private readonly reading: CurrentReading) {}

  /** Where the pool stands; undefined when it is not observed. Of several with one name only the name is known. */
  find(pool: string): PoolPlace | undefined {
    if (this.#places.has(pool)) return this.#places.get(pool);
    const found = this.reading.get().pools.filter(({ place }) => place.pool === pool);
    const place = found.length > 1 ? { pool } : found[0]?.place;
    this.#places.set(pool, place);
    return place;
  }

  /** Looks everything up again; pools come and go. */
  forget(): void {
    this.#places.clear();
  }
}
