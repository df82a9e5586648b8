import { consulDiscovery } from '../../discovery/consul/index.js';
import { dnsDiscovery } from '../../discovery/dns-discovery.js';
import { fileDiscovery } from '../../discovery/file-discovery.js';
import type { ConfigIssue } from './config-error.js';
import { shown } from './config-path.js';
import { discoverySchema } from './discovery-schema.js';
import { checkEtcd } from './etcd-check.js';
import { refusal } from './refusal.js';
import type { ServiceConfig } from './schema.js';
import { readSection, soundParts, WRONG } from './sound-parts.js';
import { checkTls } from './tls-check.js';

type DiscoveryConfig = ServiceConfig['discovery'];
type ConfigOf<Type extends DiscoveryConfig['type']> = Extract<DiscoveryConfig, { type: Type }>;

/** What is wrong with a discovery section, beyond what its single fields tell. */
export function checkDiscovery(raw: unknown): ConfigIssue[] {
  const section = readSection(discoverySchema, raw);
  return [...checkParts(raw), ...(section === undefined ? [] : checkWhole(section))];
}

/** What can be told whatever else is wrong. */
function checkParts(raw: unknown): ConfigIssue[] {
  const parts = soundParts(discoverySchema, raw);
  if (parts === WRONG) return [];
  if (parts.type === 'static') return checkIds(parts.endpoints);
  return 'tls' in parts ? checkTls(parts.tls, 'discovery.tls') : [];
}

function checkIds(endpoints: unknown): ConfigIssue[] {
  const first = new Map<unknown, number>();
  return (Array.isArray(endpoints) ? endpoints : []).flatMap((endpoint, i): ConfigIssue[] => {
    const id: unknown = endpoint?.id;
    if (typeof id !== 'string') return [];
    const other = first.get(id);
    if (other === undefined) first.set(id, i);
    if (other === undefined) return [];
    const message = `must be the only one of its name in the list, got '${shown(id)}' as endpoints[${other}] has it`;
    return [{ path: `discovery.endpoints[${i}].id`, message }];
  });
}

/** A section whose fields are all right by themselves: making a source of it, which connects to nothing, looks at them all. */
function checkWhole(config: DiscoveryConfig): ConfigIssue[] {
  switch (config.type) {
    case 'static':
      return [];
    case 'dns':
      return checkDns(config);
    case 'consul': {
      const { type: _, tls, ...options } = config;
      return refusal(() => consulDiscovery({ ...options, ...(tls === undefined ? {} : { tls: true }) }));
    }
    case 'etcd':
      return checkEtcd(config);
    case 'file':
      return refusal(() => fileDiscovery(config.path));
  }
}

function checkDns({ hostname, record, port, resolver, refresh }: ConfigOf<'dns'>): ConfigIssue[] {
  if (record !== 'SRV' && port === undefined) {
    return [{ path: 'discovery.port', message: `must be given: ${record} records have no port` }];
  }
  return refusal(() => dnsDiscovery({ hostname, type: record, port, resolver, minIntervalMs: refresh }));
}
