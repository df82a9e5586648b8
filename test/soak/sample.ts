import { type EventEmitter, getEventListeners } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Tolerance } from './judge.js';

/** What is measured, at rest, and how much each may grow. */
export const TOLERANCES = {
  'heap, KiB': { absolute: 1_024, share: 0.05 },
  'buffers, KiB': { absolute: 64, share: 0.05 },
  handles: { absolute: 0 },
  'listeners on sockets': { absolute: 0 },
  'listeners on the shared signal': { absolute: 0 },
  'listeners on the process': { absolute: 0 },
} as const satisfies Record<string, Tolerance>;

export type Measure = keyof typeof TOLERANCES;
export type Sample = Readonly<Record<Measure, number>>;

/** What lives as long as the process, so that whatever is left on it adds up. */
export interface Lasting {
  readonly sockets: readonly EventEmitter[];
  readonly signal: AbortSignal;
}

/** Takes a sample. Nothing may be under way. */
export async function takeSample({ sockets, signal }: Lasting): Promise<Sample> {
  await collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return {
    'heap, KiB': Math.round(heapUsed / 1_024),
    'buffers, KiB': Math.round(external / 1_024),
    handles: process.getActiveResourcesInfo().length,
    'listeners on sockets': sum(sockets.map(countListeners)),
    'listeners on the shared signal': getEventListeners(signal, 'abort').length,
    'listeners on the process': countListeners(process),
  };
}

/** Several times: what a finalizer lets go of is garbage only in the next round. */
async function collectGarbage(): Promise<void> {
  for (let round = 0; round < 4; round++) {
    await nextTurn();
    globalThis.gc!();
  }
}

function countListeners(emitter: EventEmitter): number {
  return sum(emitter.eventNames().map((name) => emitter.listenerCount(name)));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, n) => total + n, 0);
}
