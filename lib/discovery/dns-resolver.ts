import { promises as dns } from 'node:dns';
import { isIP, isIPv6 } from 'node:net';
import { ConnPoolError, describeError, InvalidOptionError } from '../pool/errors.js';

/** An address and for how long it holds, ms. */
export interface ResolvedAddress {
  readonly address: string;
  readonly holdsMs: number;
}

/** Where a service is, as one SRV record says. */
export interface SrvTarget {
  readonly name: string;
  readonly port: number;
  readonly priority: number;
  readonly weight: number;
}

/** A server that does not answer is asked again once, after this long, ms, and given twice as long then. */
const TIMEOUT_MS = 1_000;
const TRIES = 2;

/** Asks DNS, without the thread pool and the hosts file that `dns.lookup` uses. Failures are `ERR_DNS`. */
export class DnsResolver {
  readonly #resolver = new dns.Resolver({ timeout: TIMEOUT_MS, tries: TRIES });

  /** @param server from {@link serverOf}; undefined for those of the system */
  constructor(server: string | undefined) {
    if (server !== undefined) this.#resolver.setServers([server]);
  }

  /** The addresses of a name; never none. */
  async addresses(hostname: string, type: 'A' | 'AAAA'): Promise<readonly ResolvedAddress[]> {
    const records = await this.#ask(type, hostname, () =>
      type === 'A'
        ? this.#resolver.resolve4(hostname, { ttl: true })
        : this.#resolver.resolve6(hostname, { ttl: true }),
    );
    return records.map(({ address, ttl }) => ({ address, holdsMs: ttl * 1_000 }));
  }

  /** The SRV records of a name; never none. */
  services(hostname: string): Promise<readonly SrvTarget[]> {
    return this.#ask('SRV', hostname, () => this.#resolver.resolveSrv(hostname));
  }

  /** Whatever is being asked fails now. */
  cancel(): void {
    this.#resolver.cancel();
  }

  async #ask<T>(type: string, hostname: string, ask: () => Promise<T[]>): Promise<T[]> {
    try {
      return await ask();
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      const why = (code !== undefined && REASONS[code]) || describeError(cause);
      throw new ConnPoolError('ERR_DNS', `DNS ${type} ${hostname}: ${why}`, { cause });
    }
  }
}

/** Node's own messages give the code alone. */
const REASONS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'there is no such name (NXDOMAIN)',
  ENODATA: 'the name has no such record (ENODATA)',
  ESERVFAIL: 'the server failed (SERVFAIL)',
  EREFUSED: 'the server refused to answer (REFUSED)',
  ETIMEOUT: 'no server answered in time (ETIMEOUT)',
  ECONNREFUSED: 'no server could be reached (ECONNREFUSED)',
};

/**
 * A DNS server's address in the form that Node.js takes.
 * @throws InvalidOptionError
 */
export function serverOf(resolver: string): string {
  if (isIP(resolver) !== 0) return isIPv6(resolver) ? `[${resolver}]` : resolver;
  const [, bracketed, plain, port] = /^(?:\[(.+)\]|([^:[\]]+))(?::(\d+))?$/.exec(resolver) ?? [];
  const isPort = port === undefined || (Number(port) >= 1 && Number(port) <= 65_535);
  if (isPort && (isIPv6(bracketed ?? '') || isIP(plain ?? '') === 4)) return resolver;
  throw new InvalidOptionError(
    'resolver',
    resolver,
    "an IP address with or without a port, such as '10.0.0.2:53'",
  );
}
