import createDebug from 'debug';
import {
  checkOptions,
  isObject,
  type OptionRule,
  objectRule,
  required,
  textRule,
} from '../../pool/check-options.js';
import type { Endpoint } from '../../pool/endpoint.js';
import { InvalidOptionError } from '../../pool/errors.js';
import type { Discovery } from '../discovery.js';
import { RetryPause } from '../retry-pause.js';
import { tellIfSlow } from '../slow-answer.js';
import { EtcdError } from './etcd-error.js';
import type { KeyRange } from './etcd-protocol.js';
import { type EtcdAuth, EtcdSession } from './etcd-session.js';
import { type EtcdTarget, type EtcdTlsOptions, resolveEtcdTarget } from './etcd-target.js';
import { KeyView } from './key-view.js';

const log = createDebug('connpool:etcd');

/** Options of {@link etcdDiscovery}. */
export interface EtcdDiscoveryOptions {
  /** Members of the etcd cluster: `host:port` (2379 when there is no port), or URLs with `http:` or `https:`. */
  hosts: string | readonly string[];
  /** Every key that begins with this holds an endpoint. End it with a slash, or `echo` finds `echo-test` too. */
  prefix: string;
  /** A user of etcd's who may read the keys. Shown nowhere. @default none */
  auth?: { username: string; password: string } | undefined;
  /** TLS: true, or what `tls.connect` takes. @default what the hosts say; none for `host:port` */
  tls?: true | EtcdTlsOptions | undefined;
}

/**
 * The endpoints that the keys below a prefix hold, each as JSON: `{"id":"a","host":"10.0.0.1","port":9090}`. They
 * are listed, then watched from the next revision on; a change arrives as soon as etcd tells of it. A key that goes,
 * with its lease for example, takes its endpoint along. A value that is no endpoint is reported and left out; what
 * its key held before stays.
 *
 * When the connection is lost, or etcd has compacted what the watch needs, the next member is asked for a fresh list
 * within a second; until then the last one stays in force. A watch keeps the process alive until the cluster closes.
 *
 * @example
 * const cluster = new Cluster({
 *   discovery: etcdDiscovery({ hosts: ['10.0.0.1:2379', '10.0.0.2:2379'], prefix: '/services/echo/' }),
 *   connect: ({ host, port }) => tcpPool({ host, port }),
 * });
 *
 * @throws InvalidOptionError for an unknown option, a value that is not allowed or a contradiction
 */
export function etcdDiscovery(options: EtcdDiscoveryOptions): Discovery {
  const settings = resolve(options);
  return { watch: (signal, onError = () => {}) => follow(settings, signal, onError) };
}

/** {@link EtcdDiscoveryOptions}, checked. */
interface Settings {
  readonly target: EtcdTarget;
  readonly range: KeyRange;
  readonly auth: EtcdAuth | undefined;
}

async function* follow(
  settings: Settings,
  signal: AbortSignal,
  onError: (error: unknown) => void,
): AsyncGenerator<readonly Endpoint[]> {
  const report = (error: unknown) => {
    log('%s', error);
    onError(error);
  };
  const { hosts } = settings.target;
  const retry = new RetryPause();
  const view = new KeyView(report);
  let known: string | undefined;
  // Many clients are not to begin with the same member.
  let turn = Math.floor(Math.random() * hosts.length);
  while (!signal.aborted) {
    try {
      const host = hosts[turn]!;
      const onSlow = (what: string) => {
        if (known === undefined) report(new EtcdError(`etcd ${host}: ${what}`));
      };
      for await (const endpoints of readAndWatch(settings, host, view, retry, signal, onSlow)) {
        const list = JSON.stringify(endpoints);
        if (list !== known) yield endpoints;
        known = list;
      }
    } catch (error) {
      if (signal.aborted) return;
      report(error);
    }
    turn = (turn + 1) % hosts.length;
    await retry.wait(signal);
  }
}

/** One connection: ends when a fresh list is needed. */
async function* readAndWatch(
  { target, range, auth }: Settings,
  host: string,
  view: KeyView,
  retry: RetryPause,
  signal: AbortSignal,
  onSlow: (what: string) => void,
): AsyncGenerator<Endpoint[]> {
  const session = new EtcdSession(host, target);
  try {
    if (auth !== undefined) await tellIfSlow(session.authenticate(auth, signal), onSlow);
    const { header, kvs } = await tellIfSlow(session.list(range, signal), onSlow);
    view.replace(kvs);
    yield view.endpoints();
    const next = String(BigInt(header?.revision ?? 0) + 1n);
    for await (const response of session.watch(range, next, signal)) {
      if (response.canceled) {
        if (response.compact_revision === '0') throw refused(host, response.cancel_reason);
        log('%s: revision %s is compacted', host, next);
        return;
      }
      // Only now: a list may be allowed to those who may not watch.
      if (response.created) retry.reset();
      if (response.events.length === 0) continue;
      for (const event of response.events) view.apply(event);
      yield view.endpoints();
    }
  } finally {
    session.close();
  }
}

function refused(host: string, reason: string): EtcdError {
  return new EtcdError(`etcd ${host}: the watch was refused: ${reason === '' ? 'no reason given' : reason}`);
}

function resolve(options: EtcdDiscoveryOptions): Settings {
  checkOptions('options', options, RULES);
  const { hosts, prefix, auth, tls } = options;
  return {
    target: resolveEtcdTarget(hosts, tls),
    range: rangeOf(prefix),
    auth: auth === undefined ? undefined : resolveAuth(auth),
  };
}

function resolveAuth(auth: EtcdAuth): EtcdAuth {
  for (const name of ['username', 'password'] as const) {
    // The value stays out of the message, it is a secret.
    if (!textRule.accepts(auth[name]))
      throw new InvalidOptionError(`auth.${name}`, '...', 'a non-empty string');
  }
  const { username, password, ...rest } = auth;
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined)
    throw new InvalidOptionError(`auth.${unknown}`, '...', 'left out: known are username and password');
  return { username, password };
}

/** All keys with the prefix: up to the next one of its length. */
function rangeOf(prefix: string): KeyRange {
  const key = Buffer.from(prefix);
  const end = Buffer.from(key);
  // UTF-8 has no byte 255, so the last one can always be counted up.
  end[end.length - 1]!++;
  return { key, range_end: end };
}

const RULES: Record<keyof EtcdDiscoveryOptions, OptionRule> = {
  hosts: required({
    allowed: "'host:port', an http or https URL, or a list of these",
    accepts: (v) => textRule.accepts(v) || Array.isArray(v),
  }),
  prefix: required(textRule),
  auth: objectRule('an object with username and password'),
  tls: {
    allowed: 'true, or an object of options for tls.connect',
    accepts: (v) => v === true || isObject(v),
  },
};
