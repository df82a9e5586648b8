import { InvalidOptionError } from '../../pool/errors.js';

/** What an address may be. */
export const ETCD_HOST_ALLOWED = "'host:port', or an http or https URL without a path";

/**
 * Takes an address apart.
 * @param name what the option is called
 * @throws InvalidOptionError
 */
export function etcdHost(host: unknown, name: string, isTls: boolean): URL {
  const text = typeof host !== 'string' || host.includes('://') ? host : `http${isTls ? 's' : ''}://${host}`;
  const url = typeof text === 'string' && URL.canParse(text) ? new URL(text) : undefined;
  if (typeof text === 'string' && text.includes('@')) {
    // What stands before it is not to be read in a log.
    const rest = text.slice(text.lastIndexOf('@') + 1);
    throw new InvalidOptionError(name, rest, 'without user and password: there are options for them');
  }
  if (
    url === undefined ||
    !['http:', 'https:'].includes(url.protocol) ||
    `${url.pathname}${url.search}${url.hash}` !== '/'
  ) {
    throw new InvalidOptionError(name, host, ETCD_HOST_ALLOWED);
  }
  return url;
}

/**
 * Takes all addresses apart.
 * @param isTls whether there are TLS options
 * @throws InvalidOptionError when some speak TLS and some do not, or all do not although there are options for it
 */
export function etcdHosts(hosts: readonly unknown[], isTls: boolean): { urls: URL[]; isSecured: boolean } {
  const urls = hosts.map((host, i) => etcdHost(host, `hosts[${i}]`, isTls));
  const isSecured = urls[0]?.protocol === 'https:';
  const other = urls.findIndex(({ protocol }) => (protocol === 'https:') !== isSecured);
  if (other >= 0) {
    const allowed = `${isSecured ? 'with' : 'without'} TLS, as the first one is`;
    throw new InvalidOptionError(`hosts[${other}]`, hosts[other], allowed);
  }
  if (isTls && !isSecured) {
    throw new InvalidOptionError('tls', undefined, 'left out when the hosts begin with http:');
  }
  return { urls, isSecured };
}
