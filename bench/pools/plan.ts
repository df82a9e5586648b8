import { type Measurement, repeats } from '../side-by-side.js';
import { type TimedCaseName, timedCases } from './cases.js';
import { ABORTABLE, CONTENDERS, type ContenderName } from './contenders.js';

export const CANCEL_TITLE = 'a waiter cancelled from the middle of the queue';
const SHORT_QUEUE = 100;
const LONG_QUEUE = 100_000;

const script = new URL('./worker.ts', import.meta.url);

/** The row of a contender that cancels from a queue of 100, or of 100,000. */
export function cancelRow(contender: ContenderName, queue: 'short' | 'long'): string {
  return `${contender}, ${queue === 'short' ? '100' : '100,000'} waiting`;
}

/** Everything that is measured within one process; `quick` only shows that it can be. */
export function plan(quick: boolean): Measurement[] {
  const timed = (Object.keys(timedCases) as TimedCaseName[]).map((name): Measurement => {
    const { title, contenders } = timedCases[name];
    const rows = rowsOf(contenders, (contender) => [name, contender, quick ? '2' : '30']);
    return { title, unit: 'ns', script, rows, ...repeats(quick, 8) };
  });
  return [
    ...timed,
    cancels(quick),
    memory('memory of an idle connection', 'idle-memory', quick),
    memory('memory of a waiting call', 'waiter-memory', quick),
  ];
}

function cancels(quick: boolean): Measurement {
  const rows = ABORTABLE.flatMap((contender): [string, string[]][] => [
    [cancelRow(contender, 'short'), ['cancel', contender, `${SHORT_QUEUE}`]],
    [cancelRow(contender, 'long'), ['cancel', contender, `${quick ? 1_000 : LONG_QUEUE}`]],
  ]);
  return { title: CANCEL_TITLE, unit: 'ns', script, rows: Object.fromEntries(rows), ...repeats(quick, 3) };
}

function memory(title: string, measure: string, quick: boolean): Measurement {
  const rows = rowsOf(CONTENDERS, (contender) => [measure, contender, quick ? '5000' : '10000']);
  return { title, unit: 'bytes', script, rows, ...repeats(quick, 1) };
}

function rowsOf(
  contenders: readonly ContenderName[],
  flags: (contender: ContenderName) => string[],
): Measurement['rows'] {
  return Object.fromEntries(contenders.map((contender) => [contender, flags(contender)]));
}
