import { Summary } from 'prom-client';
import type { CallObserver } from '../manager-view.js';

/** How the calls of a service went lately. */
export interface CallFigures {
  /** Calls that ended since the start. */
  readonly calls: number;
  /** Those of them that failed. */
  readonly failures: number;
  /** Percentiles of the last minute, ms; undefined without calls. */
  readonly latencyMs: Readonly<Record<'p50' | 'p90' | 'p99', number>> | undefined;
}

const WINDOW_S = 60;
const PERCENTILES = { p50: 0.5, p90: 0.9, p99: 0.99 } as const;

/** Counts calls and keeps the percentiles of their durations over a sliding minute. */
export class CallMeter {
  readonly #counts = new Map<string, { calls: number; failures: number }>();
  readonly #durations = new Summary({
    name: 'call_duration_ms',
    help: 'Durations of calls.',
    labelNames: ['service'],
    percentiles: Object.values(PERCENTILES),
    maxAgeSeconds: WINDOW_S,
    ageBuckets: 6,
    registers: [],
  });

  readonly observe: CallObserver = (service, ms, failure) => {
    const counts = this.#counts.get(service) ?? { calls: 0, failures: 0 };
    this.#counts.set(service, counts);
    counts.calls++;
    if (failure !== undefined) counts.failures++;
    this.#durations.observe({ service }, ms);
  };

  async figures(service: string): Promise<CallFigures> {
    const { values } = await this.#durations.get();
    const own = values.filter(({ labels }) => labels.service === service);
    const at = (quantile: number) =>
      own.find(({ labels }) => (labels as { quantile?: unknown }).quantile === quantile)?.value ?? Number.NaN;
    const latencyMs = { p50: at(PERCENTILES.p50), p90: at(PERCENTILES.p90), p99: at(PERCENTILES.p99) };
    return {
      ...(this.#counts.get(service) ?? { calls: 0, failures: 0 }),
      latencyMs: Object.values(latencyMs).every(Number.isFinite) && latencyMs.p50 > 0 ? latencyMs : undefined,
    };
  }
}
