/**
 * Endpoints from Consul, and registration there.
 *
 * @module connpool/consul
 */
export { type ConsulDiscoveryOptions, consulDiscovery } from './consul-discovery.js';
export { ConsulError } from './consul-error.js';
export type { ConsulTargetOptions, ConsulTlsOptions } from './consul-target.js';
export { type Registration, registerService } from './register-service.js';
export type { RegisterServiceOptions, TcpCheckOptions } from './service-options.js';
