import type { Endpoint } from '../pool/endpoint.js';

/** The id of an endpoint that is known by its address. */
export function endpointId(address: string, port: number | undefined): string {
  const host = address.includes(':') ? `[${address}]` : address;
  return port === undefined ? host : `${host}:${port}`;
}

/** Servers of DNS turn their answers around; the order of ids stays. */
export function byId(a: Endpoint, b: Endpoint): number {
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}
