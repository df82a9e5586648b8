import type { Tally } from './churn.js';
import { judge, type Verdict } from './judge.js';
import { type Measure, type Sample, TOLERANCES } from './sample.js';

const BARS = '▁▂▃▄▅▆▇█';

const number = new Intl.NumberFormat('en');

/** A chart one line high, from the least value to the greatest; all the same: a flat line. */
export function sparkline(values: readonly number[]): string {
  const [min, max] = [Math.min(...values), Math.max(...values)];
  const height = (value: number) => (max === min ? 0 : (value - min) / (max - min));
  return values.map((value) => BARS[Math.round(height(value) * (BARS.length - 1))]).join('');
}

/** Judges every measure. */
export function judgeAll(samples: readonly Sample[]): ReadonlyMap<Measure, Verdict> {
  const measures = Object.keys(TOLERANCES) as Measure[];
  return new Map(
    measures.map((measure) => [measure, judge(seriesOf(samples, measure), TOLERANCES[measure])]),
  );
}

/** A chart and a verdict for each measure. */
export function describeVerdicts(
  samples: readonly Sample[],
  verdicts: ReadonlyMap<Measure, Verdict>,
): string {
  const lines = [...verdicts].map(([measure, { first, last, allowed, grew }]) => {
    const figures = `${number.format(first)} -> ${number.format(last)}, ${number.format(Math.round(allowed))} more allowed`;
    const word = grew ? 'GREW' : 'flat';
    return `${word}  ${measure.padEnd(32)}${sparkline(seriesOf(samples, measure))}  ${figures}`;
  });
  return lines.join('\n');
}

/** What was done, and how often. */
export function describeTally(tally: Tally): string {
  return [...tally].map(([what, count]) => `${number.format(count).padStart(10)}  ${what}`).join('\n');
}

function seriesOf(samples: readonly Sample[], measure: Measure): number[] {
  return samples.map((sample) => sample[measure]);
}
