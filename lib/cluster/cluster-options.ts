import type { Discovery } from '../discovery/discovery.js';
import {
  checkOptions,
  countRule,
  delayRule,
  flagRule,
  functionRule,
  integerRule,
  type OptionRule,
  textRule,
} from '../pool/check-options.js';
import type { Endpoint } from '../pool/endpoint.js';
import { InvalidOptionError } from '../pool/errors.js';
import type { TransportSource } from '../pool/transport-source.js';
import type { Balancer, BalancerName } from './balancers/balancer.js';
import { balancerNames } from './balancers/balancer-by-name.js';
import type { BreakerOptions, ResolvedBreaker } from './circuit-breaker.js';
import type { HealthCheckOptions, ResolvedHealthCheck } from './health-check.js';
import type { IsFailure } from './outcome.js';
import type { OutlierOptions, ResolvedOutlier } from './outlier-detector.js';

/** Options of a {@link Cluster}; all of them may be left out. */
export interface ClusterOptions<TClient> {
  /** The cluster's name in logs, metrics and errors. @default 'cluster-N' */
  name?: string | undefined;
  /** Where endpoints come from. Left out: only what `addEndpoint` and `addClient` name. Needs `connect`. */
  discovery?: Discovery | undefined;
  /** Makes the source of clients for an endpoint, usually a `ConnPool`. The cluster closes it. */
  connect?: ((endpoint: Endpoint) => TransportSource<TClient>) | undefined;
  /** How a node is chosen for a call. @default roundRobin() */
  balancer?: Balancer | BalancerName | undefined;
  /** The breaker of every node; false = none. @default { maxFails: 3, cooldownMs: 5000 } */
  breaker?: BreakerOptions | false | undefined;
  /** Whether a call's error counts as a failure of its node; one that does not counts as a success. @default every error */
  isFailure?: IsFailure | undefined;
  /** Ejects nodes that fail again and again, for longer each time; `{}` switches it on with Envoy's defaults. @default false */
  outlier?: OutlierOptions | false | undefined;
  /**
   * While the share of healthy nodes is below this (0 to 1), health is ignored and every node takes calls: then
   * the fault is probably not the nodes'. Envoy uses 0.5. @default 0 (never)
   */
  panicThreshold?: number | undefined;
  /** Checks every node in the background; false = off. @default false */
  healthCheck?: HealthCheckOptions | false | undefined;
  /** A new or recovered node's traffic grows from 10 % to its full share over this time, in ms. 0 = full at once. @default 0 */
  slowStartMs?: number | undefined;
  /** Connections that stand before a new node takes traffic. An integer from 0. @default 0 */
  prewarm?: number | undefined;
  /** Whether an empty list from discovery takes all its nodes away; otherwise it is ignored. @default false */
  allowEmpty?: boolean | undefined;
}

/** {@link ClusterOptions} with every default filled in. */
export interface ResolvedClusterOptions<TClient> {
  readonly name: string;
  readonly discovery: Discovery | undefined;
  readonly connect: ((endpoint: Endpoint) => TransportSource<TClient>) | undefined;
  readonly balancer: Balancer | BalancerName;
  readonly breaker: ResolvedBreaker | false;
  readonly isFailure: IsFailure;
  readonly outlier: ResolvedOutlier | false;
  readonly panicThreshold: number;
  readonly healthCheck: ResolvedHealthCheck | false;
  readonly slowStartMs: number;
  readonly prewarm: number;
  readonly allowEmpty: boolean;
}

let clustersMade = 0;

/**
 * Checks everything a cluster was given and fills in the defaults; the caller's objects are left alone.
 * @throws InvalidOptionError for an unknown option, a value that is not allowed or a contradiction
 */
export function resolveClusterOptions<TClient>(o: ClusterOptions<TClient>): ResolvedClusterOptions<TClient> {
  checkOptions('options', o, CLUSTER_RULES);
  if (o.discovery !== undefined && o.connect === undefined) {
    throw new InvalidOptionError('connect', undefined, 'a function, because there is discovery');
  }
  clustersMade++;
  return Object.freeze({
    name: o.name ?? `cluster-${clustersMade}`,
    discovery: o.discovery,
    connect: o.connect,
    balancer: o.balancer ?? 'roundRobin',
    breaker: o.breaker === false ? false : resolveBreaker(o.breaker ?? {}),
    isFailure: o.isFailure ?? everyError,
    outlier: o.outlier === undefined || o.outlier === false ? false : resolveOutlier(o.outlier),
    panicThreshold: o.panicThreshold ?? 0,
    healthCheck:
      o.healthCheck === undefined || o.healthCheck === false ? false : resolveHealthCheck(o.healthCheck),
    slowStartMs: o.slowStartMs ?? 0,
    prewarm: o.prewarm ?? 0,
    allowEmpty: o.allowEmpty ?? false,
  });
}

/** Whether the value can be used as a balancer: one of the names, or an object with `update` and `pick`. */
export function isBalancer(value: unknown): boolean {
  if (typeof value === 'string') return balancerNames.includes(value as BalancerName);
  const balancer = value as Partial<Balancer> | null;
  return typeof balancer?.update === 'function' && typeof balancer.pick === 'function';
}

/** What a balancer may be, in words. */
export const BALANCER_ALLOWED = `a balancer, or one of ${balancerNames.join(', ')}`;

const everyError = () => true;

function resolveBreaker(o: BreakerOptions): ResolvedBreaker {
  checkOptions('breaker', o, BREAKER_RULES);
  return Object.freeze({ maxFails: o.maxFails ?? 3, cooldownMs: o.cooldownMs ?? 5_000 });
}

function resolveOutlier(o: OutlierOptions): ResolvedOutlier {
  checkOptions('outlier', o, OUTLIER_RULES);
  const baseEjectionMs = o.baseEjectionMs ?? 30_000;
  const maxEjectionMs = o.maxEjectionMs ?? Math.max(300_000, baseEjectionMs);
  if (maxEjectionMs < baseEjectionMs) {
    throw new InvalidOptionError(
      'maxEjectionMs',
      maxEjectionMs,
      `at least baseEjectionMs (${baseEjectionMs})`,
    );
  }
  return Object.freeze({
    consecutiveFailures: o.consecutiveFailures ?? 5,
    intervalMs: o.intervalMs ?? 10_000,
    baseEjectionMs,
    maxEjectionMs,
    maxEjected: o.maxEjected ?? 0.1,
  });
}

function resolveHealthCheck(o: HealthCheckOptions): ResolvedHealthCheck {
  checkOptions('healthCheck', o, HEALTH_CHECK_RULES);
  return Object.freeze({
    intervalMs: o.intervalMs ?? 10_000,
    timeoutMs: o.timeoutMs ?? 5_000,
    check: o.check,
    failsToMarkDown: o.failsToMarkDown ?? 1,
    passesToMarkUp: o.passesToMarkUp ?? 1,
    endsEjection: o.endsEjection ?? true,
  });
}

const aboveZero: OptionRule = {
  allowed: 'a finite number of ms above 0',
  accepts: (v) => Number.isFinite(v) && (v as number) > 0,
};
const share: OptionRule = {
  allowed: 'a share from 0 to 1',
  accepts: (v) => Number.isFinite(v) && (v as number) >= 0 && (v as number) <= 1,
};
const settings: OptionRule = {
  allowed: 'an object of options, or false',
  accepts: (v) => v === false || (typeof v === 'object' && v !== null),
};

const CLUSTER_RULES: Record<keyof ClusterOptions<unknown>, OptionRule> = {
  name: textRule,
  discovery: {
    allowed: 'an object with a watch method',
    accepts: (v) => typeof (v as Partial<Discovery> | null)?.watch === 'function',
  },
  connect: functionRule,
  balancer: { allowed: BALANCER_ALLOWED, accepts: isBalancer },
  breaker: settings,
  isFailure: functionRule,
  outlier: settings,
  panicThreshold: share,
  healthCheck: settings,
  slowStartMs: delayRule,
  prewarm: integerRule(0),
  allowEmpty: flagRule,
};

const BREAKER_RULES: Record<keyof BreakerOptions, OptionRule> = {
  maxFails: countRule(1),
  cooldownMs: delayRule,
};

const OUTLIER_RULES: Record<keyof OutlierOptions, OptionRule> = {
  consecutiveFailures: integerRule(1),
  intervalMs: aboveZero,
  baseEjectionMs: aboveZero,
  maxEjectionMs: aboveZero,
  maxEjected: share,
};

const HEALTH_CHECK_RULES: Record<keyof HealthCheckOptions, OptionRule> = {
  intervalMs: aboveZero,
  timeoutMs: aboveZero,
  check: functionRule,
  failsToMarkDown: integerRule(1),
  passesToMarkUp: integerRule(1),
  endsEjection: flagRule,
};
