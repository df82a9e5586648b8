import { resolveConsulTarget } from '../discovery/consul/consul-target.js';
import { ConfigError } from '../manager/config/config-error.js';
import type { ManagerConfigInput } from '../manager/config/schema.js';
import { substituteEnv } from '../manager/config/substitute-env.js';
import { isObject } from '../pool/check-options.js';
import { describeError } from '../pool/errors.js';
import { CliError } from './exit-codes.js';

/**
 * What the flags of `connpool start` change in every config that is read. A Consul agent that no service asks is
 * refused at the start only: a later config may well take the last such service away.
 * @throws CliError for an address that is none
 */
export function withFlags(
  consulAddr: string | undefined,
  port: number | undefined,
): (given: ManagerConfigInput) => ManagerConfigInput {
  if (consulAddr !== undefined) checkAddress(consulAddr);
  let isStart = true;
  return (given) => {
    const { services } = given;
    const isFirst = isStart;
    isStart = false;
    if (consulAddr === undefined || !isObject(services))
      return { ...given, admin: adminAt(given.admin, port) };
    if (isFirst && Object.values(services).every(isElsewhere)) {
      const message = 'must be left out: no service of this config has its endpoints from Consul';
      throw new ConfigError(undefined, [{ path: '--consul-addr', message }]);
    }
    return { ...given, services: atConsul(services, consulAddr), admin: adminAt(given.admin, port) };
  };
}

type Services = ManagerConfigInput['services'];
type DiscoveryType = Services[string]['discovery']['type'];

function atConsul(services: Services, address: string): Services {
  const changed = Object.entries(services).map(([name, service]) => [
    name,
    typeOf(service) === 'consul' ? { ...service, discovery: { ...service.discovery, address } } : service,
  ]);
  return Object.fromEntries(changed);
}

const ELSEWHERE: Readonly<Record<Exclude<DiscoveryType, 'consul'>, true>> = {
  static: true,
  file: true,
  dns: true,
  etcd: true,
};

/** One whose type is mistyped may have been meant to be at Consul. */
function isElsewhere(service: Services[string]): boolean {
  const type = typeOf(service);
  return typeof type === 'string' && Object.hasOwn(ELSEWHERE, type);
}

/** Nothing is checked yet: the service may be anything, and its type a variable. */
function typeOf(service: Services[string] | null | undefined): unknown {
  return substituteEnv(service?.discovery?.type, process.env).value;
}

/** Whoever runs the command wants to see what it does: only `admin: false` is no server, and a port is one. */
function adminAt(admin: ManagerConfigInput['admin'], port: number | undefined): ManagerConfigInput['admin'] {
  if (port === undefined) return admin === undefined ? {} : admin;
  if (admin === undefined || admin === false) return { port };
  return isObject(admin) ? { ...admin, port } : admin;
}

function checkAddress(address: string): void {
  try {
    resolveConsulTarget({ address });
  } catch (error) {
    throw new CliError(describeError(error).replace(/^option 'address'/, '--consul-addr'));
  }
}
