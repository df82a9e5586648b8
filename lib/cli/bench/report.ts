import type { Colours } from '../colours.js';
import { describeLatency, formatMs } from '../load/latency.js';
import { chart } from './chart.js';
import type { Measurement } from './measure.js';
import { TOLERANCE } from './recommend.js';

/** What a bench came to; `--json` prints it as it is. */
export interface BenchReport {
  readonly target: string;
  readonly concurrency: number;
  /** Whether it was ended early. */
  readonly interrupted: boolean;
  /** One measurement, or one per size of a sweep. */
  readonly runs: readonly Measurement[];
  /** Only of a sweep: the smallest size that is about as fast as the fastest; null when none will do. */
  readonly recommendedMaxActive?: number | null;
}

/** The report as text. */
export function describeReport(report: BenchReport, columns: number, paint: Colours): string {
  const { runs, recommendedMaxActive } = report;
  const lines =
    recommendedMaxActive === undefined
      ? runs.flatMap((run) => describeRun(run, paint))
      : [
          ...chart(runs, recommendedMaxActive ?? undefined, columns, paint),
          '',
          ...errorLines(runs, paint),
          recommendation(report, paint),
        ];
  if (report.interrupted) lines.push('Ended early.');
  return ['', ...lines, ''].join('\n');
}

function describeRun(run: Measurement, paint: Colours): string[] {
  const { calls, pool } = run;
  const counts = `${calls.started} started = ${calls.results} results + ${calls.errors} errors, ${calls.lost} lost`;
  return [
    `Calls        ${calls.errors + calls.lost > 0 ? paint.bad(counts) : counts}`,
    ...errorLines([run], paint),
    `Throughput   ${paint.strong(`${Math.round(run.callsPerSecond).toLocaleString('en')} calls/s`)} over ${run.seconds.toFixed(1)} s`,
    `Latency      ${describeLatency(run.latencyMs)}`,
    `Waiting      ${formatMs(run.meanWaitMs)} ms for a connection on average (part of the latency)`,
    `Pool         maxActive ${run.maxActive}, open ${pool.open}, dials ${pool.dials} (${pool.dialErrors} failed), ` +
      `wait timeouts ${pool.waitTimeouts}`,
  ];
}

function errorLines(runs: readonly Measurement[], paint: Colours): string[] {
  const lines = runs.flatMap(({ maxActive, errorsByKind }) =>
    Object.entries(errorsByKind).map(([kind, count]) => {
      const at = runs.length === 1 ? '' : ` with maxActive ${maxActive}`;
      return paint.bad(`    ${count} x ${kind}${at}`);
    }),
  );
  return lines.length === 0 ? [] : ['Errors', ...lines];
}

function recommendation({ runs, recommendedMaxActive, concurrency }: BenchReport, paint: Colours): string {
  if (recommendedMaxActive === null || recommendedMaxActive === undefined) {
    return paint.bad('No size can be recommended: too many calls failed.');
  }
  const percent = Math.round(TOLERANCE * 100);
  const advice =
    `Recommended maxActive: ${recommendedMaxActive} (the smallest size within ${percent} % of the best throughput, ` +
    `with ${concurrency} callers).`;
  const largest = Math.max(...runs.map(({ maxActive }) => maxActive));
  const more = recommendedMaxActive === largest && runs.length > 1;
  return paint.good(more ? `${advice} It is the largest that was measured: more may be better.` : advice);
}
