import { resolve } from 'node:path';
import type { Discovery } from '../discovery/discovery.js';
import { dnsDiscovery } from '../discovery/dns-discovery.js';
import { fileDiscovery } from '../discovery/file-discovery.js';
import { staticDiscovery } from '../discovery/static-discovery.js';
import type { ServiceConfig } from './config/schema.js';
import type { TlsConfig } from './config/tls-schema.js';
import { loadPeer } from './load-peer.js';
import { readTlsFiles, socketTls } from './tls-files.js';

type DiscoveryConfig = ServiceConfig['discovery'];

/**
 * Makes the discovery source that a config describes.
 * @param folder what relative paths start from
 * @throws ServiceSetupError, InvalidOptionError
 */
export async function discoveryOf(config: DiscoveryConfig, folder: string): Promise<Discovery> {
  switch (config.type) {
    case 'static':
      return staticDiscovery(config.endpoints);
    case 'file':
      return fileDiscovery(resolve(folder, config.path));
    case 'dns': {
      const { hostname, record, port, resolver, refresh } = config;
      return dnsDiscovery({ hostname, type: record, port, resolver, minIntervalMs: refresh });
    }
    case 'consul': {
      const { consulDiscovery } = await import('../discovery/consul/index.js');
      const { type: _, tls, ...options } = config;
      return consulDiscovery({ ...options, tls: await tlsOf(tls, folder) });
    }
    case 'etcd': {
      const { etcdDiscovery } = await loadPeer(
        'etcd',
        ['@grpc/grpc-js', '@grpc/proto-loader'],
        () => import('../discovery/etcd/index.js'),
      );
      const { hosts, prefix, username, password, tls } = config;
      const auth = username === undefined || password === undefined ? undefined : { username, password };
      return etcdDiscovery({ hosts, prefix, auth, tls: await tlsOf(tls, folder) });
    }
  }
}

async function tlsOf(tls: TlsConfig | undefined, folder: string) {
  return tls === undefined ? undefined : socketTls(await readTlsFiles(tls, folder, 'discovery.tls'));
}
