/**
 * Metrics for prom-client.
 *
 * @module connpool/prometheus
 */
export type { Observed, ObservedCluster, ObservedPool, Sources } from '../sources.js';
export { type CollectPoolsOptions, collectPools } from './collect-pools.js';
export { type PrometheusOptions, prometheus } from './prometheus.js';
