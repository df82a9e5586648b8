import { type Endpoint, validateEndpoint } from '../pool/endpoint.js';
import { InvalidOptionError } from '../pool/errors.js';
import type { Discovery } from './discovery.js';

/**
 * Endpoints that never change. The list is copied: changing the array later has no effect.
 * @throws InvalidOptionError for a list or an endpoint that is not valid, or an id that is there twice
 */
export function staticDiscovery(endpoints: readonly Endpoint[]): Discovery {
  if (!Array.isArray(endpoints)) throw new InvalidOptionError('endpoints', endpoints, 'a list of endpoints');
  const ids = new Set<string>();
  const list = endpoints.map((endpoint: unknown, i): Endpoint => {
    validateEndpoint(endpoint, `endpoints[${i}]`);
    if (ids.has(endpoint.id)) {
      throw new InvalidOptionError(`endpoints[${i}].id`, endpoint.id, 'the only one of its name in the list');
    }
    ids.add(endpoint.id);
    return Object.freeze({ ...endpoint });
  });
  return {
    async *watch() {
      yield list;
    },
  };
}
