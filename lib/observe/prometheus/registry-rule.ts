import type { OpenMetricsContentType, PrometheusContentType, Registry } from 'prom-client';
import type { OptionRule } from '../../pool/check-options.js';

/** A registry of either format. */
export type AnyRegistry = Registry<PrometheusContentType> | Registry<OpenMetricsContentType>;

/** A registry, by what is asked of it: it may come from another copy of prom-client. */
export const registryRule: OptionRule = {
  allowed: 'a Registry of prom-client',
  accepts: (v) =>
    typeof (v as Registry | null)?.registerMetric === 'function' &&
    typeof (v as Registry).getSingleMetric === 'function',
};
