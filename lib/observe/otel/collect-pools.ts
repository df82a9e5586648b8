import type { Attributes, BatchObservableResult, Meter, Observable } from '@opentelemetry/api';
import { checkOptions, type OptionRule, required } from '../../pool/check-options.js';
import { watchBorrowTimes } from '../borrow-times.js';
import { CurrentReading } from '../current-reading.js';
import type { Figure } from '../figures.js';
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

/** Attributes by the words of figures. */
const ATTRIBUTES: Readonly<Record<string, string>> = {
  pool: '<namespace>.pool.name',
  use: '<namespace>.state',
  cluster: 'connpool.cluster.name',
  node: 'connpool.node.id',
  reason: 'connpool.close.reason',
  health: 'connpool.node.health',
  state: 'connpool.node.state',
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
  const attributes = attributesIn(namespace);
  const observed = POOL_INSTRUMENTS.map(
    (instrument) => [instrument, create(meter, namespace, instrument)] as const,
  );
  const observe = (result: BatchObservableResult) => {
    lookup.forget();
    for (const [{ read }, observable] of observed) {
      for (const { of, value } of addedUp(read(reading.get()))) {
        result.observe(observable, value, attributes(of));
      }
    }
  };
  const observables = observed.map(([, observable]) => observable);
  meter.addBatchObservableCallback(observe, observables);
  const stopTiming = durations ? recordTimes(meter, namespace, lookup, attributes) : () => {};
  return () => {
    meter.removeBatchObservableCallback(observe, observables);
    stopTiming();
  };
}

function create(meter: Meter, namespace: string, instrument: PoolInstrument): Observable {
  const { kind, unit, description } = instrument;
  const name = within(namespace, instrument.name);
  if (kind === 'counter') return meter.createObservableCounter(name, { unit, description });
  if (kind === 'gauge') return meter.createObservableGauge(name, { unit, description });
  return meter.createObservableUpDownCounter(name, { unit, description });
}

function recordTimes(
  meter: Meter,
  namespace: string,
  lookup: PlaceLookup,
  attributes: ToAttributes,
): () => void {
  const recorder = (name: string, description: string) => {
    const advice = { explicitBucketBoundaries: [...SECONDS_BUCKETS] };
    const histogram = meter.createHistogram(`${namespace}.${name}`, { unit: 's', description, advice });
    return (pool: string, ms: number) => {
      const place = lookup.find(pool);
      if (place !== undefined) histogram.record(ms / 1000, attributes({ ...place }));
    };
  };
  return watchBorrowTimes({
    dialed: recorder('create_time', 'Time it took to open a connection.'),
    waited: recorder('wait_time', 'Time it took to get a connection from the pool.'),
    used: recorder('use_time', 'Time between a connection’s loan and its return.'),
  });
}

/** Pools that share all their attributes share a point; of several values for one the last would win. */
function addedUp(figures: readonly Figure[]) {
  const points = new Map<string, { of: Figure['of']; value: number }>();
  for (const { of, value } of figures) {
    if (value === undefined) continue;
    const key = JSON.stringify(of);
    points.set(key, { of, value: value + (points.get(key)?.value ?? 0) });
  }
  return points.values();
}

type ToAttributes = (of: Figure['of']) => Attributes;

/** Turns the words of a figure into attributes. */
function attributesIn(namespace: string): ToAttributes {
  const names = Object.fromEntries(
    Object.entries(ATTRIBUTES).map(([word, name]) => [word, within(namespace, name)]),
  );
  return (of) => {
    const named: Attributes = {};
    for (const [word, value] of Object.entries(of)) named[names[word]!] = value;
    return named;
  };
}

function within(namespace: string, name: string): string {
  return name.replace('<namespace>', namespace);
}
