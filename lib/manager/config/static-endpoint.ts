import type { Endpoint } from '../../pool/endpoint.js';

/** The endpoint that an entry of a static list names; what is wrong with it shows when it is checked. */
export function endpointOf(entry: string | Record<string, unknown>): Endpoint {
  if (typeof entry !== 'string') return entry as unknown as Endpoint;
  const colon = entry.lastIndexOf(':');
  const host = entry.slice(0, colon).replace(/^\[(.*)\]$/, '$1');
  return { id: entry, host, port: Number(entry.slice(colon + 1)) };
}
