/**
 * Many services from one config file.
 *
 * @module connpool/manager
 */
export { ConfigError, type ConfigIssue } from './config/config-error.js';
export { type ConfigSource, loadConfig, parseConfig, resolveConfig } from './config/load-config.js';
export type { AdminConfig, ManagerConfig, ManagerConfigInput, ServiceConfig } from './config/schema.js';
export { ServiceSetupError, UnknownServiceError } from './errors.js';
export type { ManagerEvents, ReloadResult } from './manager-events.js';
export type { PoolManagerOptions } from './manager-options.js';
export type { ServiceEvent, ServiceEventName, ServiceState, ServiceView } from './manager-view.js';
export { PoolManager } from './pool-manager.js';
