import { FLOOR, OURS, POOLS } from './contenders.js';
import type { Results } from './run.js';

/** One aim of this pool, and whether this run met it. */
export interface Goal {
  readonly aim: string;
  readonly found: string;
  readonly met: boolean;
}

/** What the figures are to be like; a run on a busy machine may miss one by chance. */
export function goals(results: Results): Goal[] {
  const figure = (title: string, row: string) => results[title]?.[row]?.figure ?? Number.NaN;
  const fastestPeer = (title: string) =>
    Math.min(...POOLS.filter((name) => name !== OURS).map((name) => figure(title, name)));
  const atMost = (aim: string, found: number, limit: number): Goal => ({
    aim: `${aim}: at most ${limit}x`,
    found: `${found.toFixed(2)}x`,
    met: found <= limit,
  });
  const idle = 'idle get+close';
  const contended = '64 callers on 10 connections, held over a microtask';
  const cancelled = (size: string) => figure(`a waiter cancelled from the middle of ${size}`, OURS);
  const echo = 'a Thrift echo, 10 callers on 10 connections';
  return [
    atMost('idle get+close beside the fastest other pool', figure(idle, OURS) / fastestPeer(idle), 0.5),
    atMost('idle get+close beside the floor', figure(idle, OURS) / figure(idle, FLOOR), 1.6),
    atMost(
      '64 callers beside the fastest other pool',
      figure(contended, OURS) / fastestPeer(contended),
      0.55,
    ),
    atMost('a waiter cancelled, 100,000 beside 100', cancelled('100,000') / cancelled('100'), 2),
    atMost(
      'a Thrift echo beside hand-held clients',
      figure(echo, OURS) / figure(echo, 'our clients, hand-held'),
      1.02,
    ),
  ];
}
