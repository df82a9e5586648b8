import createDebug from 'debug';
import {
  aboveZeroRule,
  checkOptions,
  type OptionRule,
  portRule,
  required,
  textRule,
} from '../pool/check-options.js';
import type { Endpoint } from '../pool/endpoint.js';
import { ConnPoolError, InvalidOptionError } from '../pool/errors.js';
import type { Discovery } from './discovery.js';
import { AddressLookup } from './dns-address-lookup.js';
import type { DnsAnswer, DnsLookup } from './dns-lookup.js';
import { DnsResolver, serverOf } from './dns-resolver.js';
import { SrvLookup } from './dns-srv-lookup.js';
import { pause, RetryPause } from './retry-pause.js';
import { tellIfSlow } from './slow-answer.js';

const log = createDebug('connpool:dns');

/** Options of {@link dnsDiscovery}. */
export interface DnsDiscoveryOptions {
  /** The name to look up, such as `echo.internal`, or `_echo._tcp.internal` for SRV. */
  hostname: string;
  /** What to look up: addresses of one kind, or SRV records, which name hosts and ports with priority and weight. */
  type: 'A' | 'AAAA' | 'SRV';
  /** The port of every endpoint, 1 to 65535; SRV records bring their own. @default none: endpoints without a port */
  port?: number | undefined;
  /** The DNS server to ask: an IP address, with or without a port, as in `10.0.0.2:53`. @default the system's */
  resolver?: string | undefined;
  /**
   * Shortest time between two answers, in ms. Addresses are looked up again when their time to live is over, a
   * minute later at the latest; Node.js does not tell that of SRV records, so they are looked up again after this
   * time. @default 1000 for addresses, 5000 for SRV
   */
  minIntervalMs?: number | undefined;
}

/** No answer holds for longer, ms: a time to live of days must not hide a new server for days. */
const LONGEST_MS = 60_000;
/** Added at random, as a share, so that many clients do not ask at once. */
const JITTER = 0.1;

/**
 * Endpoints from DNS. An endpoint's id is its address and port. Of SRV records those of the lowest priority count;
 * their hosts are looked up with the same resolver, IPv4 first, and the record's weight is shared by the addresses of
 * its host, whose name is in `meta.target`.
 *
 * A name that does not exist, an empty answer, a server that fails or is silent are failures: reported and tried
 * again within a second, while the last list stays in force.
 *
 * @example
 * const cluster = new Cluster({
 *   discovery: dnsDiscovery({ hostname: 'echo.internal', type: 'A', port: 9090 }),
 *   connect: ({ host, port }) => tcpPool({ host, port }),
 * });
 *
 * @throws InvalidOptionError for an unknown option, a value that is not allowed or a contradiction
 */
export function dnsDiscovery(options: DnsDiscoveryOptions): Discovery {
  checkOptions('options', options, RULES);
  const { hostname, type, port, resolver } = options;
  if (type === 'SRV' && port !== undefined) {
    throw new InvalidOptionError('port', port, 'left out with SRV records, which name ports themselves');
  }
  const server = resolver === undefined ? undefined : serverOf(resolver);
  const shortestMs = options.minIntervalMs ?? (type === 'SRV' ? 5_000 : 1_000);
  return {
    watch: (signal, onError = () => {}) => {
      const dns = new DnsResolver(server);
      const lookup: DnsLookup =
        type === 'SRV' ? new SrvLookup(dns, hostname) : new AddressLookup(dns, hostname, type, port);
      const report = (error: unknown) => {
        if (signal.aborted) return;
        log('%s %s: %s', type, hostname, error);
        onError(error);
      };
      const onSlow = (what: string) =>
        report(new ConnPoolError('ERR_DNS', `DNS ${type} ${hostname}: ${what}`));
      return follow(lookup, dns, shortestMs, signal, report, onSlow);
    },
  };
}

async function* follow(
  lookup: DnsLookup,
  dns: DnsResolver,
  shortestMs: number,
  signal: AbortSignal,
  onError: (error: unknown) => void,
  onSlow: (what: string) => void,
): AsyncGenerator<readonly Endpoint[]> {
  const retry = new RetryPause();
  const cancel = () => dns.cancel();
  signal.addEventListener('abort', cancel);
  let known: string | undefined;
  try {
    while (!signal.aborted) {
      let answer: DnsAnswer;
      try {
        const next = lookup.next(onError);
        answer = await (known === undefined ? tellIfSlow(next, onSlow) : next);
      } catch (error) {
        onError(error);
        await retry.wait(signal);
        continue;
      }
      const list = JSON.stringify(answer.endpoints);
      if (list !== known && !signal.aborted) yield answer.endpoints;
      known = list;
      if (answer.isPartial) {
        await retry.wait(signal);
      } else {
        retry.reset();
        await pause(intervalMs(answer.holdsMs, shortestMs), signal);
      }
    }
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}

/** When to look again at an answer that holds for so long. */
export function intervalMs(holdsMs: number, shortestMs: number): number {
  const clamped = Math.max(shortestMs, Math.min(holdsMs, LONGEST_MS));
  return clamped * (1 + Math.random() * JITTER);
}

const RULES: Record<keyof DnsDiscoveryOptions, OptionRule> = {
  hostname: required(textRule),
  type: required({
    allowed: "'A', 'AAAA' or 'SRV'",
    accepts: (v) => ['A', 'AAAA', 'SRV'].includes(v as string),
  }),
  port: portRule,
  resolver: textRule,
  minIntervalMs: aboveZeroRule,
};
