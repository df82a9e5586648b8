import type { ConnectionOptions } from 'node:tls';
import { type ChannelCredentials, type ChannelOptions, credentials } from '@grpc/grpc-js';
import { InvalidOptionError } from '../../pool/errors.js';
import { secureContextOf } from '../secure-context.js';

/** What `tls.connect` takes, but for the address. */
export type EtcdTlsOptions = Omit<ConnectionOptions, 'host' | 'port' | 'path' | 'socket'>;

/** How to reach the members of an etcd cluster. */
export interface EtcdTarget {
  /** Each as `host:port`. */
  readonly hosts: readonly string[];
  readonly credentials: ChannelCredentials;
  readonly channelOptions: ChannelOptions;
}

const ALLOWED = "'host:port', an http or https URL without a path, or a list of these";
const DEFAULT_PORT = '2379';

/**
 * Takes the addresses apart.
 * @throws InvalidOptionError
 */
export function resolveEtcdTarget(
  hosts: string | readonly string[],
  tls: true | EtcdTlsOptions | undefined,
): EtcdTarget {
  const list = typeof hosts === 'string' ? [hosts] : hosts;
  if (!Array.isArray(list) || list.length === 0) throw new InvalidOptionError('hosts', hosts, ALLOWED);
  const urls = list.map((host, i) => urlOf(host, `hosts[${i}]`, tls === undefined ? 'http' : 'https'));
  const isTls = urls[0]!.protocol === 'https:';
  urls.forEach(({ protocol }, i) => {
    if ((protocol === 'https:') !== isTls) {
      throw new InvalidOptionError(`hosts[${i}]`, list[i], 'all with TLS (https), or all without');
    }
  });
  if (tls !== undefined && !isTls) {
    throw new InvalidOptionError('tls', tls, 'left out when the hosts begin with http:');
  }
  return {
    hosts: urls.map(({ hostname }, i) => `${hostname}:${portOf(list[i]!)}`),
    ...(isTls ? secured(tls === undefined || tls === true ? {} : tls) : PLAIN),
  };
}

const PLAIN = { credentials: credentials.createInsecure(), channelOptions: {} };

function secured(tls: EtcdTlsOptions): Omit<EtcdTarget, 'hosts'> {
  const { servername, rejectUnauthorized, checkServerIdentity } = tls;
  return {
    credentials: credentials.createFromSecureContext(secureContextOf(tls), {
      ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
      ...(checkServerIdentity === undefined ? {} : { checkServerIdentity }),
    }),
    channelOptions: servername === undefined ? {} : { 'grpc.ssl_target_name_override': servername },
  };
}

/** Read from the text, because a URL forgets a port that is the usual one of its scheme. */
function portOf(host: string): string {
  return /:(\d+)\/?$/.exec(host)?.[1] ?? DEFAULT_PORT;
}

function urlOf(host: unknown, name: string, scheme: string): URL {
  if (typeof host !== 'string' || host === '') throw new InvalidOptionError(name, host, ALLOWED);
  const text = host.includes('://') ? host : `${scheme}://${host}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && (url.username !== '' || url.password !== '')) {
    throw new InvalidOptionError(name, url.host, 'without user and password; see the option auth');
  }
  if (
    url === undefined ||
    !['http:', 'https:'].includes(url.protocol) ||
    `${url.pathname}${url.search}${url.hash}` !== '/'
  ) {
    throw new InvalidOptionError(name, host, ALLOWED);
  }
  return url;
}
