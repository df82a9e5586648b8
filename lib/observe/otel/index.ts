/**
 * Metrics and spans for OpenTelemetry.
 *
 * @module connpool/otel
 */
export type { Observed, ObservedCluster, ObservedPool, Sources } from '../sources.js';
export { type CollectPoolsOptions, collectPools } from './collect-pools.js';
export { type OtelOptions, otel } from './otel.js';
