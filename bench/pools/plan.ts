import { type TimedCaseName, timedCases } from './cases.js';
import { type ContenderName, FLOOR, POOLS } from './contenders.js';
import { THRIFT_CONTENDERS } from './thrift-rounds.js';

/** Something that is measured side by side. */
export interface Measurement {
  readonly title: string;
  readonly unit: 'ns' | 'bytes';
  /** A row of the table each. */
  readonly rows: readonly string[];
  /** The flags of each process that is needed; one process gives one row, or all of them. */
  readonly processes: readonly (readonly string[])[];
  readonly rounds: number;
}

const ABORTABLE: readonly ContenderName[] = ['connpool', 'tarn'];
const CANCEL_SIZES = [100, 100_000];
/** The queue of tarn is searched for each waiter that leaves. */
const WAITERS = 10_000;

/** Everything that is measured; `quick` only shows that it can be. */
export function plan(quick: boolean): Measurement[] {
  const roundMs = quick ? '2' : '40';
  const rounds = quick ? 1 : 15;
  const perContender = (
    measure: string,
    size: number,
    contenders: readonly ContenderName[],
    ...more: string[]
  ) =>
    contenders.map((contender) => [
      '--measure',
      measure,
      '--contender',
      contender,
      '--size',
      String(size),
      ...more,
    ]);
  const timed = (Object.keys(timedCases) as TimedCaseName[]).map((name): Measurement => {
    const { title, contenders } = timedCases[name];
    const processes = perContender(name, 0, contenders, '--round-ms', roundMs);
    return { title, unit: 'ns', rows: contenders, processes, rounds };
  });
  const cancels = CANCEL_SIZES.map((size): Measurement => {
    const waiters = quick ? Math.min(size, 1_000) : size;
    return {
      title: `a waiter cancelled from the middle of ${size.toLocaleString('en')}`,
      unit: 'ns',
      rows: ABORTABLE,
      processes: perContender('cancel', waiters, ABORTABLE),
      rounds: quick ? 1 : 5,
    };
  });
  const weighed = (['idleMemory', 'waiterMemory'] as const).map(
    (measure): Measurement => ({
      title: measure === 'idleMemory' ? 'memory of an idle connection' : 'memory of a waiting call',
      unit: 'bytes',
      rows: [...POOLS, FLOOR],
      processes: perContender(measure, quick ? 1_000 : WAITERS, [...POOLS, FLOOR]),
      rounds: quick ? 1 : 3,
    }),
  );
  const thrift: Measurement = {
    title: 'a Thrift echo, 10 callers on 10 connections',
    unit: 'ns',
    rows: THRIFT_CONTENDERS,
    processes: [['--measure', 'thrift', '--size', '10']],
    rounds: quick ? 1 : 40,
  };
  return [...timed, ...cancels, ...weighed, thrift];
}
