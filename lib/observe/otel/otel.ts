import type { Attributes, MeterProvider, TracerProvider } from '@opentelemetry/api';
import * as api from '@opentelemetry/api';
import type { Call, Middleware } from '../../middleware/middleware.js';
import { errorType, runInSpan } from '../../middleware/span.js';
import { checkOptions, type OptionRule } from '../../pool/check-options.js';
import { now } from '../../pool/clock.js';
import { SECONDS_BUCKETS } from './buckets.js';

/** Options of {@link otel}. */
export interface OtelOptions {
  /** Where spans go. @default the global one */
  tracerProvider?: TracerProvider | undefined;
  /** Where the histogram of durations goes. @default the global one, which must have been set by then */
  meterProvider?: MeterProvider | undefined;
}

const providerRule = (what: string, method: string): OptionRule => ({
  allowed: `a ${what} of OpenTelemetry`,
  accepts: (v) => typeof (v as Record<string, unknown> | null)?.[method] === 'function',
});

/**
 * Makes every call a client span, active for everything inside, and records how long it took in the histogram
 * `connpool.call.duration`, in seconds. Outside of `retry` a span covers all attempts, inside of it each attempt has
 * its own. Attributes of the semantic conventions where there are some (`server.address`, `server.port`,
 * `error.type`); on the metric only those with few values: `connpool.client` (the call's label or else the node's
 * id), `connpool.call.method` and `error.type`.
 *
 * @throws InvalidOptionError
 */
export function otel(options: OtelOptions = {}): Middleware {
  checkOptions('options', options, {
    tracerProvider: providerRule('TracerProvider', 'getTracer'),
    meterProvider: providerRule('MeterProvider', 'getMeter'),
  });
  const tracer = (options.tracerProvider ?? api.trace).getTracer('connpool');
  const durations = (options.meterProvider ?? api.metrics)
    .getMeter('connpool')
    .createHistogram('connpool.call.duration', {
      unit: 's',
      description: 'Time that calls took, retries and waiting inside of the middleware included.',
      advice: { explicitBucketBoundaries: [...SECONDS_BUCKETS] },
    });
  return (call, next) =>
    runInSpan(api, tracer, call, async () => {
      const startedAt = now();
      const record = (failure: Attributes) =>
        durations.record((now() - startedAt) / 1000, { ...metricAttributes(call), ...failure });
      try {
        const value = await next();
        record({});
        return value;
      } catch (error) {
        record({ 'error.type': errorType(error) });
        throw error;
      }
    });
}

function metricAttributes(call: Call): Attributes {
  return {
    'connpool.client': call.label ?? call.node.id,
    ...(call.method !== undefined && { 'connpool.call.method': call.method }),
  };
}
