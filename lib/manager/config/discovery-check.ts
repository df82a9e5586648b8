import { consulDiscovery } from '../../discovery/consul/index.js';
import { dnsDiscovery } from '../../discovery/dns-discovery.js';
import { staticDiscovery } from '../../discovery/static-discovery.js';
import { InvalidOptionError } from '../../pool/errors.js';
import type { ConfigIssue } from './config-error.js';
import type { ServiceConfig } from './schema.js';
import { endpointOf } from './static-endpoint.js';

type DiscoveryConfig = ServiceConfig['discovery'];

/** What is wrong with a discovery section, beyond what its single fields tell: making a source looks at it all. */
export function checkDiscovery(config: DiscoveryConfig): ConfigIssue[] {
  switch (config.type) {
    case 'static':
      return refusal(() => staticDiscovery(config.endpoints.map(endpointOf)));
    case 'dns':
      return checkDns(config);
    case 'consul': {
      const { type: _, tls, ...options } = config;
      return refusal(() => consulDiscovery({ ...options, ...(tls === undefined ? {} : { tls: true }) }));
    }
    case 'etcd':
      return checkEtcd(config);
    case 'file':
      return [];
  }
}

function checkDns({
  hostname,
  record,
  port,
  resolver,
}: Extract<DiscoveryConfig, { type: 'dns' }>): ConfigIssue[] {
  if (record !== 'SRV' && port === undefined) {
    return [{ path: 'discovery.port', message: `must be given: ${record} records have no port` }];
  }
  return refusal(() => dnsDiscovery({ hostname, type: record, port, resolver }));
}

/** Not by making one: that needs optional packages. */
function checkEtcd({ hosts, username, password }: Extract<DiscoveryConfig, { type: 'etcd' }>): ConfigIssue[] {
  const issues: ConfigIssue[] = [];
  if ((username === undefined) !== (password === undefined)) {
    issues.push({ path: 'discovery.username', message: 'must come together with password' });
  }
  hosts.forEach((host, i) => {
    // The value is not shown: what is refused may be a password.
    if (host.includes('@')) {
      const message =
        'must be without user and password: discovery.username and discovery.password are for them';
      issues.push({ path: `discovery.hosts[${i}]`, message });
    }
  });
  return issues;
}

/** What the source itself says when it is made of options that it does not take; nothing is connected to yet. */
function refusal(make: () => unknown): ConfigIssue[] {
  try {
    make();
    return [];
  } catch (error) {
    if (!(error instanceof InvalidOptionError)) throw error;
    const message = error.message.replace(/^option '.*?' /, '');
    return [{ path: `discovery.${error.option}`, message }];
  }
}
