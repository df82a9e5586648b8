import type { Colours } from '../colours.js';
import { formatMs } from '../load/latency.js';
import type { Measurement } from './measure.js';

/** Eighths of a character cell, from one to seven. */
const EIGHTHS = '▏▎▍▌▋▊▉';
const FULL = '█';
/** Widest and narrowest bar, in characters. */
const MOST_BAR = 40;
const LEAST_BAR = 10;
const MARK = ' <- recommended';

/**
 * One line per size, with a bar as long as its throughput.
 * @param columns how wide the terminal is
 */
export function chart(
  measurements: readonly Measurement[],
  recommended: number | undefined,
  columns: number,
  paint: Colours,
): string[] {
  const rows = measurements.map((m) => ({
    size: String(m.maxActive),
    rate: Math.round(m.callsPerSecond).toLocaleString('en'),
    p50: formatMs(m.latencyMs.p50),
    p99: formatMs(m.latencyMs.p99),
    errors: String(m.calls.errors),
  }));
  const heading = { size: 'maxActive', rate: 'calls/s', p50: 'p50 ms', p99: 'p99 ms', errors: 'errors' };
  const width = (key: keyof typeof heading) => Math.max(...[heading, ...rows].map((row) => row[key].length));
  const cells = (row: typeof heading) =>
    (['size', 'rate', 'p50', 'p99', 'errors'] as const)
      .map((key) => row[key].padStart(width(key)))
      .join('  ');
  const room = columns - cells(heading).length - 2 - MARK.length - 1;
  const barWidth = Math.max(LEAST_BAR, Math.min(MOST_BAR, room));
  const best = Math.max(...measurements.map((m) => m.callsPerSecond));
  return [
    paint.strong(cells(heading)),
    ...measurements.map((m, i) => {
      const line = `${cells(rows[i]!)}  ${bar(best === 0 ? 0 : m.callsPerSecond / best, barWidth)}`;
      return m.maxActive === recommended ? paint.good(`${line}${MARK}`) : line;
    }),
  ];
}

/** A bar that fills this share of its width. */
export function bar(share: number, width: number): string {
  const eighths = Math.round(share * width * 8);
  const rest = eighths % 8;
  return FULL.repeat(Math.floor(eighths / 8)) + (rest === 0 ? '' : EIGHTHS[rest - 1]);
}
