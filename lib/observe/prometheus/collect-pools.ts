import { Counter, Gauge, type Metric } from 'prom-client';
import { checkOptions, type OptionRule, required } from '../../pool/check-options.js';
import { InvalidOptionError } from '../../pool/errors.js';
import { CurrentReading } from '../current-reading.js';
import { checkSources, type Observed, type Sources } from '../sources.js';
import { bucketsRule, DEFAULT_BUCKETS } from './buckets.js';
import { PoolDurations } from './pool-durations.js';
import { POOL_METRICS, type PoolMetric } from './pool-metrics.js';
import { type AnyRegistry, registryRule } from './registry-rule.js';

/** Options of {@link collectPools}. */
export interface CollectPoolsOptions {
  /** What the metrics' names begin with. @default 'connpool' */
  prefix?: string | undefined;
  /**
   * How long clients are borrowed, `<prefix>_request_duration_seconds`: the histogram's upper bounds in seconds,
   * `true` for 1 ms to 10 s in 13 steps. This is the one figure that costs calls something, well under a microsecond,
   * because pools have to be watched for it; `false` leaves it to what clusters count anyway. @default true
   */
  durations?: boolean | readonly number[] | undefined;
}

const prefixRule: OptionRule = {
  allowed: 'letters, digits and underscores, not beginning with a digit',
  accepts: (v) => typeof v === 'string' && /^[a-z_][a-z0-9_]*$/i.test(v),
};

const durationsRule: OptionRule = {
  allowed: `true, false or ${bucketsRule.allowed}`,
  accepts: (v) => typeof v === 'boolean' || bucketsRule.accepts(v),
};

/**
 * Registers the figures of pools and clusters: sizes, waiting calls, connections created and destroyed, calls and
 * their durations, nodes, breakers and discovery. They are read from `stats()` when the registry is scraped, so
 * calls pay nothing for them (durations excepted). Pools are labelled `pool` with their name, and `cluster` and
 * `node` inside a cluster: give pools names of their own.
 *
 * Several calls on one registry need a prefix each; one call can be given any number of sources, also as a function
 * that is asked at every scrape.
 *
 * @returns takes the metrics out of the registry again
 * @throws InvalidOptionError; also when the registry has metrics under these names
 *
 * @example
 * const stop = collectPools(register, [pool, cluster], { prefix: 'grpc' });
 */
export function collectPools(
  register: AnyRegistry,
  sources: Sources,
  options: CollectPoolsOptions = {},
): () => void {
  checkOptions('register', { register }, { register: required(registryRule) });
  checkSources(sources);
  checkOptions('options', options, { prefix: prefixRule, durations: durationsRule });
  const { prefix = 'connpool', durations = true } = options;
  const reading = new CurrentReading(
    typeof sources === 'function' ? sources : [...(sources as Iterable<Observed>)],
  );
  const durationsName = `${prefix}_request_duration_seconds`;
  refuseTakenNames(register, prefix, [...POOL_METRICS.map(({ name }) => `${prefix}_${name}`), durationsName]);

  const names = POOL_METRICS.map((metric) =>
    registerMetric(register, `${prefix}_${metric.name}`, metric, reading),
  );
  const bounds = durations === true ? DEFAULT_BUCKETS : durations === false ? undefined : [...durations];
  const timed = new PoolDurations(durationsName, reading, bounds);
  register.registerMetric(timed as unknown as Metric);
  return () => {
    timed.stop();
    for (const name of [...names, durationsName]) register.removeSingleMetric(name);
  };
}

function refuseTakenNames(register: AnyRegistry, prefix: string, names: readonly string[]): void {
  const taken = names.find((name) => register.getSingleMetric(name) !== undefined);
  if (taken === undefined) return;
  throw new InvalidOptionError(
    'prefix',
    prefix,
    `one that is free in the registry, which has '${taken}' already`,
  );
}

function registerMetric(
  register: AnyRegistry,
  name: string,
  metric: PoolMetric,
  reading: CurrentReading,
): string {
  const MetricClass = metric.type === 'gauge' ? Gauge : Counter;
  new MetricClass({
    name,
    help: metric.help,
    labelNames: metric.labels,
    registers: [register],
    collect() {
      this.reset();
      // Added up, not set: pools that share all their labels share a series.
      for (const { of, value } of metric.read(reading.get())) {
        if (value !== undefined) this.inc(of, value);
      }
    },
  });
  return name;
}
