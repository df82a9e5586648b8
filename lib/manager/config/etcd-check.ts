import { describeValue } from '../../pool/errors.js';
import type { ConfigIssue } from './config-error.js';
import { shown } from './config-path.js';
import type { ServiceConfig } from './schema.js';

type EtcdConfig = Extract<ServiceConfig['discovery'], { type: 'etcd' }>;

/** What contradicts itself in a section of etcd. Not found out by making a source: that needs optional packages. */
export function checkEtcd({ hosts, username, password, tls }: EtcdConfig): ConfigIssue[] {
  const issues = hosts.flatMap((host, i) => {
    const message = faultOf(host);
    return message === undefined ? [] : [{ path: `discovery.hosts[${i}]`, message }];
  });
  if ((username === undefined) !== (password === undefined)) {
    const [missing, given] = username === undefined ? ['username', 'password'] : ['password', 'username'];
    issues.push({ path: `discovery.${missing}`, message: `must be given, because ${given} is` });
  }
  return issues.length > 0 ? issues : checkSchemes(hosts, tls !== undefined);
}

function faultOf(host: string): string | undefined {
  // The value is not shown: what is refused may be a password.
  if (host.includes('@')) {
    return 'must be without user and password: discovery.username and discovery.password are for them';
  }
  const text = host.includes('://') ? host : `http://${host}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isAddress =
    url !== undefined && /^https?:$/.test(url.protocol) && `${url.pathname}${url.search}${url.hash}` === '/';
  if (isAddress) return undefined;
  return `must be 'host:port', or an http or https URL without a path, got ${shown(describeValue(host))}`;
}

function checkSchemes(hosts: readonly string[], isTls: boolean): ConfigIssue[] {
  const schemes = hosts.map((host) => /^(https?):\/\//i.exec(host)?.[1]?.toLowerCase());
  if (isTls && schemes.every((scheme) => scheme === 'http')) {
    return [{ path: 'discovery.tls', message: 'must be left out when the hosts begin with http:' }];
  }
  const isSecured = schemes.map((scheme) => (scheme === undefined ? isTls : scheme === 'https'));
  return isSecured.flatMap((secured, i) => {
    if (secured === isSecured[0]) return [];
    const message = `must be ${isSecured[0] ? 'with' : 'without'} TLS as the first host is, got '${shown(hosts[i]!)}'`;
    return [{ path: `discovery.hosts[${i}]`, message }];
  });
}
