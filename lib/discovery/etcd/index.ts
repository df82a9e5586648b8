/**
 * Endpoints from etcd.
 *
 * @module connpool/etcd
 */
export { type EtcdDiscoveryOptions, etcdDiscovery } from './etcd-discovery.js';
export { EtcdError } from './etcd-error.js';
export type { EtcdTlsOptions } from './etcd-target.js';
