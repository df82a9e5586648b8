import { Counter, register as defaultRegister, Histogram, type Metric } from 'prom-client';
import type { Middleware } from '../../middleware/middleware.js';
import { checkOptions } from '../../pool/check-options.js';
import { now } from '../../pool/clock.js';
import { InvalidOptionError } from '../../pool/errors.js';
import { bucketsRule, DEFAULT_BUCKETS, sameBuckets } from './buckets.js';
import { type AnyRegistry, registryRule } from './registry-rule.js';

/** Options of {@link prometheus}. */
export interface PrometheusOptions {
  /** Where the metrics are registered. @default prom-client's own default registry */
  register?: AnyRegistry | undefined;
  /** Upper bounds of the duration histogram, ascending, in seconds. @default 1 ms to 10 s in 13 steps */
  buckets?: readonly number[] | undefined;
}

const LABELS = ['client', 'method'] as const;
type Label = (typeof LABELS)[number];

/**
 * Counts and times every call: `middleware_requests_total`, `middleware_request_errors_total` and the histogram
 * `middleware_request_duration_seconds`. Their labels are `client`, the call's label or else the id of the node it
 * ended up at, and `method`, empty when the caller named none. A call counts when it has ended.
 *
 * May be made any number of times on one registry; all count into the same metrics.
 *
 * @throws InvalidOptionError; also when the registry has other metrics under these names
 */
export function prometheus(options: PrometheusOptions = {}): Middleware {
  checkOptions('options', options, { register: registryRule, buckets: bucketsRule });
  const { requests, errors, durations } = metricsIn(options.register ?? defaultRegister, options.buckets);
  return async (call, next) => {
    const startedAt = now();
    let failed = true;
    try {
      const value = await next();
      failed = false;
      return value;
    } finally {
      const labels = { client: call.label ?? call.node.id, method: call.method ?? '' };
      requests.inc(labels);
      if (failed) errors.inc(labels);
      durations.observe(labels, (now() - startedAt) / 1000);
    }
  };
}

function metricsIn(register: AnyRegistry, buckets: readonly number[] | undefined) {
  const config = { labelNames: LABELS, registers: [register] };
  const durations = (): Histogram<Label> =>
    new Histogram({
      ...config,
      name: 'middleware_request_duration_seconds',
      help: 'Time that calls took, retries and waiting inside of the middleware included.',
      buckets: [...(buckets ?? DEFAULT_BUCKETS)],
    });
  const counter = (name: string, help: string) =>
    existing<Counter<Label>>(register, name, 'counter') ?? new Counter({ ...config, name, help });
  return {
    requests: counter('middleware_requests_total', 'Calls that have ended.'),
    errors: counter('middleware_request_errors_total', 'Calls that have ended with an error.'),
    durations: existingHistogram(register, buckets) ?? durations(),
  };
}

/** prom-client's metrics know their type and labels, its types do not say so. */
type KnownMetric = Metric & {
  type?: string;
  labelNames?: readonly string[];
  upperBounds?: readonly number[];
};

function existing<TMetric>(register: AnyRegistry, name: string, type: string): TMetric | undefined {
  const metric: KnownMetric | undefined = register.getSingleMetric(name);
  if (metric === undefined) return undefined;
  if (metric.type !== type || metric.labelNames?.join() !== LABELS.join()) {
    throw new InvalidOptionError('register', register, `a Registry in which '${name}' is not another metric`);
  }
  return metric as TMetric;
}

function existingHistogram(register: AnyRegistry, buckets: readonly number[] | undefined) {
  const metric = existing<Histogram<Label> & KnownMetric>(
    register,
    'middleware_request_duration_seconds',
    'histogram',
  );
  const bounds = metric?.upperBounds;
  if (bounds !== undefined && buckets !== undefined && !sameBuckets(bounds, buckets)) {
    throw new InvalidOptionError('buckets', buckets, `those the registry has already: ${bounds.join(', ')}`);
  }
  return metric;
}
