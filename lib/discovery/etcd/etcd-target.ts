import type { ConnectionOptions } from 'node:tls';
import { type ChannelCredentials, type ChannelOptions, credentials } from '@grpc/grpc-js';
import { InvalidOptionError } from '../../pool/errors.js';
import { secureContextOf } from '../secure-context.js';
import { ETCD_HOST_ALLOWED, etcdHosts } from './etcd-hosts.js';

/** What `tls.connect` takes, but for the address. */
export type EtcdTlsOptions = Omit<ConnectionOptions, 'host' | 'port' | 'path' | 'socket'>;

/** How to reach the members of an etcd cluster. */
export interface EtcdTarget {
  /** Each as `host:port`. */
  readonly hosts: readonly string[];
  readonly credentials: ChannelCredentials;
  readonly channelOptions: ChannelOptions;
}

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
  if (!Array.isArray(list) || list.length === 0) {
    throw new InvalidOptionError('hosts', hosts, `${ETCD_HOST_ALLOWED}, or a list of these`);
  }
  const { urls, isSecured } = etcdHosts(list, tls !== undefined);
  return {
    hosts: urls.map(({ hostname }, i) => `${hostname}:${portOf(list[i]!)}`),
    ...(isSecured ? secured(tls === undefined || tls === true ? {} : tls) : PLAIN),
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
