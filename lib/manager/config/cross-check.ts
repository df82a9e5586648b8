import { isIP } from 'node:net';
import type { ConfigIssue } from './config-error.js';
import { checkDiscovery } from './discovery-check.js';
import type { AdminConfig, ManagerConfig, ServiceConfig } from './schema.js';

/** What single fields cannot tell: settings that contradict each other. */
export function crossCheck(config: ManagerConfig): ConfigIssue[] {
  const services = Object.entries(config.services).flatMap(([name, service]) =>
    checkService(service).map(({ path, message }) => ({ path: `services.${name}.${path}`, message })),
  );
  return [...services, ...(config.admin === false ? [] : checkAdmin(config.admin))];
}

/** Whether only this machine can reach a server that listens there. */
function isLoopback(host: string): boolean {
  if (host === 'localhost' || host === '::1') return true;
  return isIP(host) === 4 && host.startsWith('127.');
}

function checkService(service: ServiceConfig): ConfigIssue[] {
  const { discovery, tls } = service;
  return [
    ...checkLimits(service),
    ...checkDiscovery(discovery),
    ...(tls !== false && (tls.cert === undefined) !== (tls.key === undefined)
      ? [{ path: 'tls.cert', message: 'must come together with key' }]
      : []),
    ...checkProtocol(service),
  ];
}

function checkLimits({ pool, outlier }: ServiceConfig): ConfigIssue[] {
  const issues: ConfigIssue[] = [];
  const maxIdle = pool.maxIdle ?? pool.maxActive;
  if (pool.initialSize > maxIdle) {
    const limit = pool.maxIdle === undefined ? 'maxActive' : 'maxIdle';
    issues.push({
      path: 'pool.initialSize',
      message: `must be at most ${limit} (${maxIdle}), got ${pool.initialSize}`,
    });
  }
  if (outlier !== false && outlier.maxEjection < outlier.baseEjection) {
    issues.push({
      path: 'outlier.maxEjection',
      message: `must be at least baseEjection (${outlier.baseEjection}), got ${outlier.maxEjection}`,
    });
  }
  return issues;
}

/** Settings that only some protocols have. */
function checkProtocol(service: ServiceConfig): ConfigIssue[] {
  const { protocol, client, health } = service;
  const given: [path: string, value: unknown, owners: readonly string[]][] = [
    ['streamsPerConnection', service.streamsPerConnection, ['grpc']],
    ['health.service', health === false ? undefined : health.service, ['grpc']],
    ['transport', service.transport, ['thrift']],
    ['wireProtocol', service.wireProtocol, ['thrift']],
    ['client.heartbeat', client?.heartbeat, ['thrift']],
    ['client', client, ['grpc', 'thrift']],
  ];
  return given
    .filter(([, value, owners]) => value !== undefined && !owners.includes(protocol))
    .map(([path, , owners]) => ({
      path,
      message: `must be left out: it is for ${owners.join(' and ')}, and this service speaks ${protocol}`,
    }));
}

/** The other things that the admin server serves. */
const TAKEN_PATHS: ReadonlySet<string> = new Set(['/health', '/stats', '/events']);

function checkAdmin({ host, token, allowInsecure, metricsPath }: AdminConfig): ConfigIssue[] {
  const issues: ConfigIssue[] = [];
  if (!isLoopback(host) && token === undefined && !allowInsecure) {
    issues.push({
      path: 'admin.token',
      message: `must be given: '${host}' can be reached from other machines (or set admin.allowInsecure: true)`,
    });
  }
  if (!/^(?:\/[\w.~-]+)+$/.test(metricsPath)) {
    issues.push({
      path: 'admin.metricsPath',
      message: `must be a path such as '/metrics', got '${metricsPath}'`,
    });
  } else if (TAKEN_PATHS.has(metricsPath) || metricsPath.startsWith('/assets/')) {
    issues.push({
      path: 'admin.metricsPath',
      message: `must be a path that is free, got '${metricsPath}', where something else is served`,
    });
  }
  return issues;
}
