import createDebug from 'debug';
import {
  checkOptions,
  flagRule,
  integerRule,
  type OptionRule,
  required,
  textListRule,
  textRule,
} from '../../pool/check-options.js';
import type { Endpoint } from '../../pool/endpoint.js';
import { InvalidOptionError } from '../../pool/errors.js';
import type { Discovery } from '../discovery.js';
import { RetryPause } from '../retry-pause.js';
import { tellIfSlow } from '../slow-answer.js';
import { BlockingQuery } from './blocking-query.js';
import { ConsulError } from './consul-error.js';
import { type ConsulAnswer, ConsulHttp } from './consul-http.js';
import { readInstances } from './consul-instance.js';
import {
  CONSUL_TARGET_RULES,
  type ConsulTarget,
  type ConsulTargetOptions,
  resolveConsulTarget,
} from './consul-target.js';
import { endpointsOf, type Remark, type WeightRule } from './instance-endpoints.js';

const log = createDebug('connpool:consul');

/** Options of {@link consulDiscovery}. */
export interface ConsulDiscoveryOptions extends ConsulTargetOptions {
  /** The service's name in Consul. */
  service: string;
  /** Only instances that have all of these tags. @default all instances */
  tags?: readonly string[] | undefined;
  /** The datacenter to look in. @default the agent's own */
  datacenter?: string | undefined;
  /**
   * Whether any Consul server may answer, which spreads the load and works without a leader, but may show a state
   * that is a little old. @default false: the leader answers
   */
  allowStale?: boolean | undefined;
  /** The key of the service's metadata that holds an instance's weight. @default none: Consul's own weights count */
  weightMetaKey?: string | undefined;
  /**
   * With `weightMetaKey`: the weight of an instance whose metadata has none that is a positive integer. A process
   * warning tells of the first such instance. @default 200
   */
  defaultWeight?: number | undefined;
  /** Longest that Consul holds a question when nothing changes, in ms: 1 to 600000. @default 300000 */
  waitMs?: number | undefined;
}

/**
 * The instances of a service in Consul whose checks all pass, followed by blocking queries: a change arrives within
 * half a second. Questions keep a pace of two at once, then two a second, however much goes on. Failures are
 * reported and tried again within a second, from a fresh read; the last list stays in force.
 *
 * An endpoint's id is `host:port`; an instance without an address of its own has its node's. Instances that share
 * an address count as one, and a process warning tells of the first such pair. Tags and metadata come along.
 *
 * @example
 * const cluster = new Cluster({
 *   discovery: consulDiscovery({ address: '127.0.0.1:8500', service: 'echo', weightMetaKey: 'balanceFactor' }),
 *   connect: ({ host, port }) => tcpPool({ host, port }),
 * });
 *
 * @throws InvalidOptionError for an unknown option, a value that is not allowed or a contradiction
 */
export function consulDiscovery(options: ConsulDiscoveryOptions): Discovery {
  const settings = resolve(options);
  const remark = remarker(options.service);
  return {
    watch: (signal, onError = () => {}) => follow(settings, remark, signal, onError),
  };
}

/** {@link ConsulDiscoveryOptions}, checked and with their defaults. */
interface Settings {
  readonly target: ConsulTarget;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly waitMs: number;
  readonly weights: WeightRule;
}

async function* follow(
  { target, path, query, waitMs, weights }: Settings,
  remark: Remark,
  signal: AbortSignal,
  onError: (error: unknown) => void,
): AsyncGenerator<readonly Endpoint[]> {
  const http = new ConsulHttp(target, true);
  const blockingQuery = new BlockingQuery(http, path, query, waitMs);
  const retry = new RetryPause();
  const onSlow = (what: string) =>
    onError(new ConsulError(`Consul at ${target.label}: GET ${path}: ${what}`));
  let known: string | undefined;
  try {
    while (!signal.aborted) {
      let endpoints: Endpoint[];
      try {
        const isFirst = known === undefined;
        // Whoever waits for the first list has nothing else yet to keep the process alive.
        const next = blockingQuery.next(signal, !isFirst);
        const answer = await (isFirst ? tellIfSlow(next, onSlow) : next);
        endpoints = endpointsOf(readInstances(answer.text), weights, remark);
        if (endpoints.length === 0) refuseFiltered(answer);
        retry.reset();
      } catch (error) {
        if (signal.aborted) return;
        log('%s: %s', path, error);
        onError(error);
        blockingQuery.startOver();
        await retry.wait(signal);
        continue;
      }
      const list = JSON.stringify(endpoints);
      if (list !== known) yield endpoints;
      known = list;
    }
  } finally {
    http.close();
  }
}

/** Consul hides what a token may not see; newer versions say that they did. That is an error, no empty service. */
function refuseFiltered({ headers }: ConsulAnswer): void {
  if (headers['x-consul-results-filtered-by-acls'] === 'true') {
    throw new ConsulError('Consul lists no instance: its ACLs hide some from this token');
  }
}

function remarker(service: string): Remark {
  const made = new Set<string>();
  return (kind, message) => {
    log('%s: %s', service, message);
    if (made.has(kind)) return;
    made.add(kind);
    process.emitWarning(`Consul service '${service}': ${message}`, 'ConnPoolWarning');
  };
}

function resolve(options: ConsulDiscoveryOptions): Settings {
  checkOptions('options', options, RULES);
  const { service, tags = [], datacenter, allowStale = false, weightMetaKey, defaultWeight } = options;
  if (defaultWeight !== undefined && weightMetaKey === undefined) {
    throw new InvalidOptionError('defaultWeight', defaultWeight, 'left out without weightMetaKey');
  }
  const query = new URLSearchParams({ passing: '1' });
  for (const tag of tags) query.append('tag', tag);
  if (datacenter !== undefined) query.set('dc', datacenter);
  if (allowStale) query.set('stale', '');
  return {
    target: resolveConsulTarget(options),
    path: `/v1/health/service/${encodeURIComponent(service)}`,
    query,
    waitMs: options.waitMs ?? 300_000,
    weights: { metaKey: weightMetaKey, defaultWeight: defaultWeight ?? 200 },
  };
}

const RULES: Record<keyof ConsulDiscoveryOptions, OptionRule> = {
  ...CONSUL_TARGET_RULES,
  service: required(textRule),
  tags: textListRule,
  datacenter: textRule,
  allowStale: flagRule,
  weightMetaKey: textRule,
  defaultWeight: integerRule(1),
  waitMs: integerRule(1, 600_000),
};
