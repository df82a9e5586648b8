import { type Endpoint, validateEndpoint } from '../pool/endpoint.js';
import { InvalidOptionError } from '../pool/errors.js';

/** What came through, and what is wrong with the rest. */
export interface Sifted {
  readonly endpoints: readonly Endpoint[];
  readonly faults: readonly InvalidOptionError[];
}

/**
 * Takes the endpoints out of lists that people write. An entry that is no endpoint is left out; when its id is one of
 * the last list's, that one stays as it was: a slip of the pen takes nobody out of service.
 */
export class EndpointSieve {
  #last = new Map<string, Endpoint>();

  sift(entries: readonly unknown[]): Sifted {
    const taken = new Map<string, Endpoint>();
    const faults: InvalidOptionError[] = [];
    for (const [i, entry] of entries.entries()) {
      try {
        validateEndpoint(entry, `endpoints[${i}]`);
        refuseTwice(taken, entry.id, i);
        taken.set(entry.id, entry);
      } catch (error) {
        faults.push(error as InvalidOptionError);
      }
    }
    // Afterwards, because a further entry may name the endpoint rightly.
    for (const entry of entries) {
      const id = (entry as Partial<Endpoint> | null)?.id as string;
      const last = taken.has(id) ? undefined : this.#last.get(id);
      if (last !== undefined) taken.set(id, last);
    }
    // Nothing but faults is no list to remember: what it left out may be needed by the next one.
    if (taken.size > 0 || faults.length === 0) this.#last = taken;
    return { endpoints: [...taken.values()], faults };
  }
}

function refuseTwice(taken: ReadonlyMap<string, Endpoint>, id: string, i: number): void {
  if (taken.has(id)) {
    throw new InvalidOptionError(`endpoints[${i}].id`, id, 'the only one of its name in the list');
  }
}
