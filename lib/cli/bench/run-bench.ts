import { describeError } from '../../pool/errors.js';
import { colours } from '../colours.js';
import { CliError, EXIT } from '../exit-codes.js';
import { catchInterrupt } from '../load/interrupt.js';
import { Progress } from '../load/progress.js';
import { type Measurement, measure } from './measure.js';
import { recommend } from './recommend.js';
import { type BenchReport, describeReport } from './report.js';
import type { BenchTarget } from './target.js';

const DEFAULT_COLUMNS = 100;

/** How a bench is run. */
export interface BenchOptions {
  readonly concurrency: number;
  /** Of each size, ms. */
  readonly durationMs: number;
  /** The sizes to measure. */
  readonly sizes: readonly number[];
  /** Whether to compare the sizes and recommend one. */
  readonly sweep: boolean;
  readonly json: boolean;
}

/**
 * Puts the target under load with a pool of each size, and prints the report.
 * @returns the exit code: whether every call was answered
 * @throws CliError when not even one call can be made
 */
export async function runBench(target: BenchTarget, options: BenchOptions): Promise<number> {
  // Until there is something to report, Ctrl-C ends the process as it ends any.
  await tryOnce(target);
  using interrupt = catchInterrupt();
  const { signal } = interrupt;
  const report = await measureAll(target, options, signal);
  process.stdout.write(
    options.json
      ? `${JSON.stringify(report)}\n`
      : describeReport(report, process.stdout.columns ?? DEFAULT_COLUMNS, colours(process.stdout)),
  );
  const failed = report.runs.some(({ calls }) => calls.errors + calls.lost > 0);
  return failed ? EXIT.bad : EXIT.ok;
}

/** What is wrong from the start is said at once, not after thousands of failed calls. */
async function tryOnce(target: BenchTarget): Promise<void> {
  const pool = target.pool(1);
  try {
    await pool.warmUp(1).catch((error: unknown) => {
      throw new CliError(`cannot reach ${target.label}: ${describeError(error)}`);
    });
    await pool.call().catch((error: unknown) => {
      throw new CliError(`the first call failed (${target.label}): ${describeError(error)}`);
    });
  } finally {
    await pool.close();
  }
}

async function measureAll(
  target: BenchTarget,
  { concurrency, durationMs, sizes, sweep, json }: BenchOptions,
  signal: AbortSignal,
): Promise<BenchReport> {
  const progress = new Progress(json ? process.stderr : process.stdout);
  const runs: Measurement[] = [];
  for (const maxActive of sizes) {
    if (signal.aborted) break;
    progress.note(
      `${target.label}: ${concurrency} callers on ${maxActive} ${maxActive === 1 ? 'connection' : 'connections'} ` +
        `for ${durationMs / 1_000} s`,
    );
    runs.push(await measure(target, maxActive, { concurrency, durationMs, signal }, progress));
  }
  return {
    target: target.label,
    concurrency,
    interrupted: signal.aborted,
    runs,
    ...(sweep ? { recommendedMaxActive: recommend(runs) ?? null } : {}),
  };
}
