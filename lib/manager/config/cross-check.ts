import { isObject } from '../../pool/check-options.js';
import { checkAdmin } from './admin-check.js';
import type { ConfigIssue } from './config-error.js';
import { stepInto } from './config-path.js';
import { checkDiscovery } from './discovery-check.js';
import { configSchema, type ServiceConfig, serviceSchema } from './schema.js';
import { isServiceName, SERVICE_NAME_ALLOWED } from './service-name.js';
import { type SoundObject, soundParts, WRONG } from './sound-parts.js';
import { checkTls } from './tls-check.js';

/**
 * What single fields cannot tell: settings that contradict each other. What is wrong by itself keeps nothing else from
 * being looked at.
 * @param config with its variables filled in
 */
export function crossCheck(config: unknown): ConfigIssue[] {
  if (!isObject(config)) return [];
  const { services } = config;
  const admin = soundParts(configSchema.shape.admin, config.admin);
  return [
    ...Object.entries(isObject(services) ? services : {}).flatMap(([name, service]) => {
      const path = stepInto('services', name);
      const issues = isObject(service) ? checkService(service) : [];
      return [
        ...checkName(name, path),
        ...issues.map((issue) => ({ ...issue, path: `${path}.${issue.path}` })),
      ];
    }),
    ...(admin === WRONG || admin === false ? [] : checkAdmin(admin)),
  ];
}

type RawSection = Readonly<Record<string, unknown>>;

function checkName(name: string, path: string): ConfigIssue[] {
  if (isServiceName(name)) return [];
  return [{ path, message: `a service must have ${SERVICE_NAME_ALLOWED}` }];
}

function checkService(raw: RawSection): ConfigIssue[] {
  const service = soundParts(serviceSchema, raw);
  if (service === WRONG) return [];
  return [
    ...checkLimits(service, raw),
    ...checkDiscovery(raw.discovery),
    ...checkTls(service.tls, 'tls'),
    ...checkProtocol(service),
  ];
}

function checkLimits({ pool, outlier }: SoundObject<ServiceConfig>, raw: RawSection): ConfigIssue[] {
  return [
    ...(pool === WRONG ? [] : checkPool(pool, raw.pool)),
    ...(outlier === WRONG || outlier === false ? [] : checkOutlier(outlier, raw.outlier)),
  ];
}

function checkPool(pool: SoundObject<ServiceConfig['pool']>, raw: unknown): ConfigIssue[] {
  const { initialSize } = pool;
  if (initialSize === WRONG) return [];
  const limit = (['maxActive', 'maxIdle'] as const).find((name) => {
    const most = pool[name];
    return typeof most === 'number' && initialSize > most;
  });
  if (limit === undefined) return [];
  const given = `${initialSize}${isGiven(raw, 'initialSize') ? '' : ', the default'}`;
  const message = `must be at most ${limit} (${String(pool[limit])}), got ${given}`;
  return [{ path: 'pool.initialSize', message }];
}

type OutlierConfig = Exclude<ServiceConfig['outlier'], false>;

function checkOutlier(
  { baseEjection, maxEjection }: SoundObject<OutlierConfig>,
  raw: unknown,
): ConfigIssue[] {
  if (baseEjection === WRONG || maxEjection === WRONG || baseEjection <= maxEjection) return [];
  const given = `${maxEjection} ms${isGiven(raw, 'maxEjection') ? '' : ', the default'}`;
  const message = `must be at least baseEjection (${baseEjection} ms), got ${given}`;
  return [{ path: 'outlier.maxEjection', message }];
}

function isGiven(section: unknown, name: string): boolean {
  return isObject(section) && section[name] !== undefined;
}

/** Settings that only some protocols have. */
function checkProtocol(service: SoundObject<ServiceConfig>): ConfigIssue[] {
  const { protocol, client, health } = service;
  if (protocol === WRONG) return [];
  const given: [path: string, value: unknown, owners: readonly string[]][] = [
    ['streamsPerConnection', service.streamsPerConnection, ['grpc']],
    ['health.service', partOf(health, 'service'), ['grpc']],
    ['transport', service.transport, ['thrift']],
    ['wireProtocol', service.wireProtocol, ['thrift']],
    ['client.heartbeat', partOf(client, 'heartbeat'), ['thrift']],
    ['client', client, ['grpc', 'thrift']],
  ];
  return given
    .filter(([, value, owners]) => value !== undefined && value !== WRONG && !owners.includes(protocol))
    .map(([path, , owners]) => ({
      path,
      message: `must be left out: it is for ${owners.join(' and ')}, and this service speaks ${protocol}`,
    }));
}

function partOf(section: unknown, name: string): unknown {
  return isObject(section) ? section[name] : undefined;
}
