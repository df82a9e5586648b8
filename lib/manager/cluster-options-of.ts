import type { ClusterOptions } from '../cluster/cluster-options.js';
import type { ServiceConfig } from './config/schema.js';

/** What a service's cluster is made with, discovery, connections and how servers are asked excepted. */
export function clusterOptionsOf(name: string, config: ServiceConfig): ClusterOptions<unknown> {
  const { breaker, outlier, health } = config;
  return {
    name,
    balancer: config.balancer,
    breaker: breaker === false ? false : { maxFails: breaker.maxFails, cooldownMs: breaker.cooldown },
    outlier:
      outlier === false
        ? false
        : {
            consecutiveFailures: outlier.consecutiveFailures,
            intervalMs: outlier.interval,
            baseEjectionMs: outlier.baseEjection,
            maxEjectionMs: outlier.maxEjection,
            maxEjected: outlier.maxEjected,
          },
    healthCheck:
      health === false
        ? false
        : {
            intervalMs: health.interval,
            timeoutMs: health.timeout,
            failsToMarkDown: health.failsToMarkDown,
            passesToMarkUp: health.passesToMarkUp,
          },
    panicThreshold: config.panicThreshold,
    slowStartMs: config.slowStart,
    prewarm: config.pool.initialSize,
  };
}
