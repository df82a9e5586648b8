import type { Attributes, BatchObservableResult, Meter, Observable } from '@opentelemetry/api';
import { checkOptions, type OptionRule, required } from '../../pool/check-options.js';
import { watchBorrowTimes } from '../borrow-times.js';
import { CurrentReading } from '../current-reading.js';
import { PlaceLookup } from '../place-lookup.js';
import { checkSources, type Observed, type Sources } from '../sources.js';
import { SECONDS_BUCKETS } from './buckets.js';
import { POOL_INSTRUMENTS, type PoolInstrument } from './pool-instruments.js';

/** Options of {@link collectPools}. */
export interface CollectPoolsOptions {
  /**
   * What the names of the convention begin with, metrics and attributes alike. The established convention is the
   * one for database clients; backends and dashboards know a connection pool by its names, whatever is pooled.
   * Choose another one when databases must stay among themselves. @default 'db.client.connection'
   */
  namespace?: string | undefined;
  /**
   * The histograms `create_time`, `wait_time` and `use_time` of the convention. They are the one thing here that
   * costs calls something, about a microsecond, because pools have to be watched for them. @default true
   */
  durations?: boolean | undefined;
}

/** The words of a figure that the convention has no attribute for. */
const OWN_ATTRIBUTES: Readonly<Record<string, string>> = {
  cluster: 'connpool.cluster.name',
  node: 'connpool.node.id',
  reason: 'connpool.close.reason',
  health: 'connpool.node.health',
};

const RULES: Readonly<Record<string, OptionRule>> = {
  namespace: {
    allowed: 'names of lower-case letters, digits and underscores with dots between them',
    accepts: (v) => typeof v === 'string' && /^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$/.test(v),
  },
  durations: { allowed: 'true or false', accepts: (v) => typeof v === 'boolean' },
};

const meterRule: OptionRule = {
  allowed: 'a Meter of OpenTelemetry',
  accepts: (v) => typeof (v as Meter | null)?.addBatchObservableCallback === 'function',
};

/**
 * Reports the figures of pools and clusters as OpenTelemetry metrics, under the names of the semantic convention
 * for connection pools: `db.client.connection.count` (by `...state`), `.idle.max`, `.limit`, `.pending_requests`,
 * `.timeouts`, `.create_time`, `.wait_time` and `.use_time`, with the attribute `...pool.name`. What it has no
 * name for begins with `connpool.`. Gauges and counters are read from `stats()` when the reader collects, so calls
 * pay nothing for them.
 *
 * @returns stops reporting
 * @throws InvalidOptionError
 *
 * @example
 * const stop = collectPools(metrics.getMeter('my-service'), [pool, cluster]);
 */
export function collectPools(meter: Meter, sources: Sources, options: CollectPoolsOptions = {}): () => void {
  checkOptions('meter', { meter }, { meter: required(meterRule) });
  checkSources(sources);
  checkOptions('options', options, RULES);
  const { namespace = 'db.client.connection', durations = true } = options;
  const reading = new CurrentReading(
    typeof sources === 'function' ? sources : [...(sources as Iterable<Observed>)],
  );
  const lookup = new PlaceLookup(reading);
  const observed = POOL_INSTRUMENTS.map(
    (instrument) => [instrument, create(meter, namespace, instrument)] as const,
  );
  const observe = (result: BatchObservableResult) => {
    lookup.forget();
    for (const [{ read }, observable] of observed) {
      for (const { of, value } of read(reading.get())) {
        if (value !== undefined) result.observe(observable, value, attributes(namespace, of));
      }
    }
  };
  const observables = observed.map(([, observable]) => observable);
  meter.addBatchObservableCallback(observe, observables);
  const stopTiming = durations ? recordTimes(meter, namespace, lookup) : () => {};
  return () => {
    meter.removeBatchObservableCallback(observe, observables);
    stopTiming();
  };
}

function create(meter: Meter, namespace: string, instrument: PoolInstrument): Observable {
  const { kind, unit, description } = instrument;
  const name = instrument.conventional ? `${namespace}.${instrument.name}` : instrument.name;
  if (kind === 'counter') return meter.createObservableCounter(name, { unit, description });
  if (kind === 'gauge') return meter.createObservableGauge(name, { unit, description });
  return meter.createObservableUpDownCounter(name, { unit, description });
}

function recordTimes(meter: Meter, namespace: string, lookup: PlaceLookup): () => void {
  const recorder = (name: string, description: string) => {
    const advice = { explicitBucketBoundaries: [...SECONDS_BUCKETS] };
    const histogram = meter.createHistogram(`${namespace}.${name}`, { unit: 's', description, advice });
    return (pool: string, ms: number) => {
      const place = lookup.find(pool);
      if (place !== undefined) histogram.record(ms / 1000, attributes(namespace, { ...place }));
    };
  };
  return watchBorrowTimes({
    dialed: recorder('create_time', 'Time it took to open a connection.'),
    waited: recorder('wait_time', 'Time it took to get a connection from the pool.'),
    used: recorder('use_time', 'Time between a connection’s loan and its return.'),
  });
}

function attributes(namespace: string, of: Readonly<Record<string, string>>): Attributes {
  const named: Attributes = {};
  for (const [word, value] of Object.entries(of)) {
    if (word === 'pool') named[`${namespace}.pool.name`] = value;
    else if (word === 'state') named[`${namespace}.state`] = value;
    else named[OWN_ATTRIBUTES[word]!] = value;
  }
  return named;
}
