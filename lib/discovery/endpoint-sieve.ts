import { type Endpoint, validateEndpoint } from '../pool/endpoint.js';
import { InvalidOptionError } from '../pool/errors.js';
import { nearestName } from '../pool/nearest-name.js';

/** What an endpoint has. */
const FIELDS: readonly string[] = ['id', 'host', 'port', 'weight', 'tags', 'meta'];

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
        faults.push(...slipsOf(entry, `endpoints[${i}]`));
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

/** Fields that an endpoint lacks, next to ones that nobody knows: more likely mistyped than data of somebody's own. */
function slipsOf(entry: Endpoint, path: string): InvalidOptionError[] {
  const missing = FIELDS.filter((field) => !(field in entry));
  return Object.entries(entry)
    .filter(([name]) => !FIELDS.includes(name))
    .flatMap(([name, value]) => {
      const meant = nearestName(name, missing);
      if (meant === undefined) return [];
      return new InvalidOptionError(`${path}.${name}`, value, `a known field (did you mean '${meant}'?)`);
    });
}

function refuseTwice(taken: ReadonlyMap<string, Endpoint>, id: string, i: number): void {
  if (taken.has(id)) {
    throw new InvalidOptionError(`endpoints[${i}].id`, id, 'the only one of its name in the list');
  }
}
