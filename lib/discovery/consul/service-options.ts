import {
  checkOptions,
  functionRule,
  integerRule,
  type OptionRule,
  objectRule,
  portRule,
  required,
  textListRule,
  textRule,
} from '../../pool/check-options.js';
import { InvalidOptionError } from '../../pool/errors.js';
import type { ServiceDefinition } from './agent-service.js';
import {
  CONSUL_TARGET_RULES,
  type ConsulTarget,
  type ConsulTargetOptions,
  resolveConsulTarget,
} from './consul-target.js';

/** How Consul's agent connects to a service to see whether it lives. */
export interface TcpCheckOptions {
  /** Time between two checks, in ms; an integer from 1000, which is as often as Consul checks. @default 5000 */
  intervalMs?: number | undefined;
  /** Longest that connecting may take, in ms; an integer from 1. @default 2000 */
  timeoutMs?: number | undefined;
}

/** Options of {@link registerService}; `address` is that of the service's own agent. */
export interface RegisterServiceOptions extends ConsulTargetOptions {
  /** The service's name. */
  service: string;
  /** Names this instance at its agent; what is registered under it is replaced. @default service-host-port */
  id?: string | undefined;
  /** Where clients, and a TCP check, reach the service. */
  host: string;
  /** TCP port, 1 to 65535. */
  port: number;
  /** @default none */
  tags?: readonly string[] | undefined;
  /** Metadata, for example a weight for `weightMetaKey`. @default none */
  meta?: Readonly<Record<string, string>> | undefined;
  /** Consul's own weight of the instance while it passes; an integer from 1 to 65535. @default 1 */
  weight?: number | undefined;
  /**
   * The process itself tells Consul that it lives, three times in this many ms; when it falls silent for longer the
   * instance counts as failing. An integer from 100. @default none: the agent checks by connecting
   */
  ttlMs?: number | undefined;
  /** How the agent checks, where there is no `ttlMs`. */
  check?: TcpCheckOptions | undefined;
  /** Consul forgets an instance that has failed its check for so long, in ms; an integer from 60000. @default 60000 */
  deregisterAfterMs?: number | undefined;
  /** Told of each failure to keep the instance registered; it is tried again within a second. @default a `debug` line only */
  onError?: ((error: unknown) => void) | undefined;
}

/** {@link RegisterServiceOptions}, checked and with their defaults. */
export interface ResolvedService {
  readonly target: ConsulTarget;
  readonly definition: ServiceDefinition;
  /** Time between two confirmations, ms. */
  readonly confirmMs: number;
  readonly onError: (error: unknown) => void;
}

/** How often an agent that does the checking itself is asked whether it still knows the service, ms. */
const REMEMBERED_MS = 2_000;

/** @throws InvalidOptionError */
export function resolveService(options: RegisterServiceOptions): ResolvedService {
  checkOptions('options', options, RULES);
  const { service, host, port, ttlMs, check, weight } = options;
  if (check !== undefined) {
    if (ttlMs !== undefined) throw new InvalidOptionError('check', check, 'left out when there is a ttlMs');
    checkOptions('check', check, CHECK_RULES);
  }
  const id = options.id ?? `${service}-${host}-${port}`;
  const body = {
    ID: id,
    Name: service,
    Address: host,
    Port: port,
    Tags: options.tags ?? [],
    Meta: options.meta ?? {},
    ...(weight === undefined ? {} : { Weights: { Passing: weight, Warning: 1 } }),
    Check: {
      ...(ttlMs === undefined
        ? {
            TCP: tcpAddress(host, port),
            Interval: ms(check?.intervalMs ?? 5_000),
            Timeout: ms(check?.timeoutMs ?? 2_000),
          }
        : { TTL: ms(ttlMs) }),
      // Who registers a service says that it is there; without this it would wait for its first check.
      Status: 'passing',
      DeregisterCriticalServiceAfter: ms(options.deregisterAfterMs ?? 60_000),
    },
  };
  return {
    target: resolveConsulTarget(options),
    definition: { id, body, hasTtl: ttlMs !== undefined },
    confirmMs: ttlMs === undefined ? REMEMBERED_MS : ttlMs / 3,
    onError: options.onError ?? (() => {}),
  };
}

const ms = (value: number) => `${value}ms`;
const tcpAddress = (host: string, port: number) =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;

const RULES: Record<keyof RegisterServiceOptions, OptionRule> = {
  ...CONSUL_TARGET_RULES,
  service: required(textRule),
  id: textRule,
  host: required(textRule),
  port: required(portRule),
  tags: textListRule,
  meta: {
    allowed: 'an object of strings',
    accepts: (v) =>
      typeof v === 'object' && v !== null && Object.values(v).every((text) => typeof text === 'string'),
  },
  weight: integerRule(1, 65_535),
  ttlMs: integerRule(100),
  check: objectRule('an object of options'),
  deregisterAfterMs: integerRule(60_000),
  onError: functionRule,
};

const CHECK_RULES: Record<keyof TcpCheckOptions, OptionRule> = {
  intervalMs: integerRule(1_000),
  timeoutMs: integerRule(1),
};
