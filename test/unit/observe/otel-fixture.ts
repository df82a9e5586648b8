import type { Attributes } from '@opentelemetry/api';
import { type Histogram, MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';

/** A reader that collects when the test says so. */
class ReaderOnDemand extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

/** A point of a metric; of a histogram its count and sum. */
export interface SeenPoint {
  readonly attributes: Attributes;
  readonly value: number | { count: number; sum: number | undefined };
}

/** A metric as an exporter would get it. */
export interface SeenMetric {
  readonly unit: string;
  readonly points: SeenPoint[];
}

/** A meter provider of the real SDK, and a function that collects what was measured, by the metrics' names. */
export function meterWithReader() {
  const reader = new ReaderOnDemand();
  const provider = new MeterProvider({ readers: [reader] });
  const collect = async (): Promise<Record<string, SeenMetric>> => {
    const { resourceMetrics, errors } = await reader.collect();
    if (errors.length > 0) throw new AggregateError(errors, 'collecting failed');
    const all = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics);
    return Object.fromEntries(
      all.map(({ descriptor, dataPoints }) => [
        descriptor.name,
        {
          unit: descriptor.unit,
          points: dataPoints.map(({ attributes, value }) => ({ attributes, value: plain(value) })),
        },
      ]),
    );
  };
  return { provider, meter: provider.getMeter('test'), collect };
}

function plain(value: unknown): SeenPoint['value'] {
  if (typeof value === 'number') return value;
  const { count, sum } = value as Histogram;
  return { count, sum: sum === undefined ? undefined : Math.round(sum * 1e6) / 1e6 };
}
