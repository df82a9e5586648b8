import type { Endpoint } from '../pool/endpoint.js';
import { ConnPoolError } from '../pool/errors.js';
import { byId, endpointId } from './dns-endpoint.js';
import type { DnsAnswer, DnsLookup } from './dns-lookup.js';
import type { DnsResolver, ResolvedAddress, SrvTarget } from './dns-resolver.js';

/** The hosts that SRV records of the lowest priority name are endpoints, with the ports and weights of the records. */
export class SrvLookup implements DnsLookup {
  readonly #dns: DnsResolver;
  readonly #hostname: string;
  /** Addresses of the hosts named by the last answer. */
  #known: ReadonlyMap<string, readonly string[]> = new Map();

  constructor(dns: DnsResolver, hostname: string) {
    this.#dns = dns;
    this.#hostname = hostname;
  }

  async next(onError: (error: unknown) => void): Promise<DnsAnswer> {
    const targets = preferred(await this.#dns.services(this.#hostname));
    // A lone '.' says that the service is decidedly not there (RFC 2782).
    if (targets.every(({ name }) => name === '' || name === '.')) {
      throw new ConnPoolError('ERR_DNS', `DNS SRV ${this.#hostname}: the service is not offered`);
    }
    const { addresses, failures } = await this.#lookUp(new Set(targets.map(({ name }) => name)));
    if (addresses.size === 0) throw failures[0];
    for (const failure of failures) onError(failure);
    this.#known = addresses;
    return { endpoints: endpointsOf(targets, addresses), holdsMs: 0, isPartial: failures.length > 0 };
  }

  /** A host that cannot be looked up keeps its last addresses. */
  async #lookUp(names: ReadonlySet<string>) {
    const addresses = new Map<string, readonly string[]>();
    const failures: unknown[] = [];
    const look = async (name: string) => {
      try {
        const found = await this.#resolve(name);
        addresses.set(
          name,
          found.map(({ address }) => address),
        );
      } catch (error) {
        failures.push(error);
        const last = this.#known.get(name);
        if (last !== undefined) addresses.set(name, last);
      }
    };
    await Promise.all([...names].map(look));
    return { addresses, failures };
  }

  async #resolve(name: string): Promise<readonly ResolvedAddress[]> {
    try {
      return await this.#dns.addresses(name, 'A');
    } catch (error) {
      const { code } = (error as Error).cause as NodeJS.ErrnoException;
      if (code !== 'ENODATA') throw error;
      return await this.#dns.addresses(name, 'AAAA');
    }
  }
}

function preferred(targets: readonly SrvTarget[]): SrvTarget[] {
  const lowest = Math.min(...targets.map(({ priority }) => priority));
  return targets.filter(({ priority }) => priority === lowest);
}

function endpointsOf(
  targets: readonly SrvTarget[],
  addresses: ReadonlyMap<string, readonly string[]>,
): Endpoint[] {
  const endpoints = new Map<string, Endpoint & { weight: number }>();
  for (const { name, port, weight } of targets) {
    const hosts = addresses.get(name) ?? [];
    for (const host of hosts) {
      const id = endpointId(host, port);
      const share = Math.max(weight, 1) / hosts.length;
      // Two names of one address are one server, that was given two shares.
      const others = endpoints.get(id)?.weight ?? 0;
      endpoints.set(id, { id, host, port, weight: others + share, meta: { target: name } });
    }
  }
  return [...endpoints.values()].sort(byId);
}
