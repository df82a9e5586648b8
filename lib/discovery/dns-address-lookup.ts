import type { Endpoint } from '../pool/endpoint.js';
import { byId, endpointId } from './dns-endpoint.js';
import type { DnsAnswer, DnsLookup } from './dns-lookup.js';
import type { DnsResolver } from './dns-resolver.js';

/** Every address of a name is an endpoint. */
export class AddressLookup implements DnsLookup {
  constructor(
    private readonly dns: DnsResolver,
    private readonly hostname: string,
    private readonly type: 'A' | 'AAAA',
    private readonly port: number | undefined,
  ) {}

  async next(): Promise<DnsAnswer> {
    const addresses = await this.dns.addresses(this.hostname, this.type);
    const endpoints = new Map<string, Endpoint>();
    for (const { address } of addresses) {
      const id = endpointId(address, this.port);
      endpoints.set(id, { id, host: address, ...(this.port === undefined ? {} : { port: this.port }) });
    }
    return {
      endpoints: [...endpoints.values()].sort(byId),
      holdsMs: Math.min(...addresses.map(({ holdsMs }) => holdsMs)),
      isPartial: false,
    };
  }
}
