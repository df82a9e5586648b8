export type { Discovery } from './discovery.js';
export { type DnsDiscoveryOptions, dnsDiscovery } from './dns-discovery.js';
export { type FileDiscoveryOptions, fileDiscovery } from './file-discovery.js';
export { staticDiscovery } from './static-discovery.js';
