import type { Results } from '../report.js';
import { timedCases } from './cases.js';
import { FLOOR, OURS, PEERS } from './contenders.js';
import { CANCEL_TITLE, cancelRow } from './plan.js';
import { THRIFT_TITLE } from './thrift-measurement.js';

/** One aim of this pool, and whether this run met it. */
export interface Goal {
  readonly aim: string;
  readonly limit: number;
  readonly found: number;
  readonly met: boolean;
}

/** What the figures are to be like. Nothing fails when they are not: on a busy machine one may be missed by chance. */
export function goals(results: Results): Goal[] {
  const idle = timedCases.idle.title;
  const contended = timedCases.contended.title;
  const ratio = (title: string, row: string) => results[title]?.rows[row]?.ratio ?? Number.NaN;
  const besides = (title: string, row: string) => 1 / ratio(title, row);
  const besideFastest = (title: string) => 1 / Math.min(...PEERS.map((peer) => ratio(title, peer)));
  return [
    atMost('idle get+close, times that of the fastest other pool', besideFastest(idle), 0.5),
    atMost('idle get+close, times that of the bare array', besides(idle, FLOOR), 1.6),
    atMost('64 callers on 10 connections, times the fastest other pool', besideFastest(contended), 0.55),
    atMost(
      'a waiter cancelled from among 100,000, times one from among 100',
      ratio(CANCEL_TITLE, cancelRow(OURS, 'long')),
      2,
    ),
    atMost(
      'a Thrift echo, times one with a hand-held client',
      besides(THRIFT_TITLE, 'its clients, hand-held'),
      1.02,
    ),
  ];
}

/** Prints which goals were met. */
export function printGoals(reached: readonly Goal[]): void {
  console.log('\nGoals');
  for (const { aim, limit, found, met } of reached) {
    console.log(`  ${met ? 'met    ' : 'NOT MET'} ${aim}: ${found.toFixed(3)}, at most ${limit}`);
  }
}

function atMost(aim: string, found: number, limit: number): Goal {
  return { aim, limit, found: Number(found.toFixed(3)), met: found <= limit };
}
