import type { PoolStats } from '../../pool/stats.js';
import type { LatencyMs } from '../load/latency.js';
import { Load } from '../load/load.js';
import type { Progress } from '../load/progress.js';
import type { BenchTarget } from './target.js';

/** Share of the duration that goes before the measurement, and its most in ms: code and connections get warm. */
const WARM_UP_SHARE = 0.2;
const MOST_WARM_UP_MS = 1_000;

/** How a pool of one size did. */
export interface Measurement {
  readonly maxActive: number;
  readonly calls: {
    readonly started: number;
    readonly results: number;
    readonly errors: number;
    readonly lost: number;
  };
  readonly errorsByKind: Readonly<Record<string, number>>;
  readonly seconds: number;
  /** Results per second. */
  readonly callsPerSecond: number;
  /** From the caller's wish to its answer: the wait for a connection included. */
  readonly latencyMs: LatencyMs;
  /** Average wait for a connection, ms. */
  readonly meanWaitMs: number;
  /** The pool's figures at the end of the load, the warm-up included. */
  readonly pool: PoolStats;
}

/** How a target is put under load. */
export interface MeasureLimits {
  readonly concurrency: number;
  readonly durationMs: number;
  readonly signal: AbortSignal;
}

/** Puts a pool of this size under load. */
export async function measure(
  target: BenchTarget,
  maxActive: number,
  { concurrency, durationMs, signal }: MeasureLimits,
  progress: Progress,
): Promise<Measurement> {
  const pool = target.pool(maxActive);
  const newLoad = () => new Load({ call: () => pool.call(), isAnswer: (error) => pool.isAnswer(error) });
  try {
    // A server that takes fewer connections than asked for shows in the measurement.
    await pool.warmUp(Math.min(maxActive, concurrency)).catch(() => {});
    const warmUpMs = Math.min(MOST_WARM_UP_MS, durationMs * WARM_UP_SHARE);
    await newLoad().run({ concurrency, durationMs: warmUpMs, signal });

    const before = pool.stats();
    const load = newLoad();
    progress.watch({ load, gauges: () => pool.stats() });
    const startedAt = performance.now();
    await load.run({ concurrency, durationMs, signal });
    const seconds = (performance.now() - startedAt) / 1_000;
    progress.stop();
    const stats = pool.stats();
    return {
      maxActive,
      calls: { started: load.started, results: load.results, errors: load.errorCount, lost: load.lost },
      errorsByKind: Object.fromEntries(load.errors),
      seconds,
      callsPerSecond: load.started === 0 ? 0 : load.results / seconds,
      latencyMs: load.latency.percentiles(),
      meanWaitMs: load.started === 0 ? 0 : (stats.waitMsTotal - before.waitMsTotal) / load.started,
      pool: stats,
    };
  } finally {
    progress.stop();
    await pool.close();
  }
}
