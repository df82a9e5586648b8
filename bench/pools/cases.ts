import type { Setup } from './contenders/contender.js';
import { ABORTABLE, CONTENDERS, type ContenderName, POOLS } from './contenders.js';
import {
  callers,
  callersWithBreakage,
  callersWithSignal,
  oneCaller,
  oneCallerWithSignal,
  type Workload,
} from './workloads.js';

/** Something that is timed per operation (one get and one put). */
export interface TimedCase {
  readonly title: string;
  readonly setup: Setup;
  readonly workload: Workload;
  readonly contenders: readonly ContenderName[];
  /** Operations of a round at least: enough for every caller to come round a few times. */
  readonly minOperations: number;
}

const TEN = { max: 10 };

export const timedCases = {
  idle: {
    title: 'idle get+close',
    setup: TEN,
    workload: oneCaller,
    contenders: CONTENDERS,
    minOperations: 1_000,
  },
  contended: {
    title: '64 callers on 10 connections, held over a microtask',
    setup: TEN,
    workload: callers(64, 'microtask'),
    contenders: CONTENDERS,
    minOperations: 1_000,
  },
  contendedTurns: {
    title: '64 callers on 10 connections, held until the next turn of the event loop',
    setup: TEN,
    workload: callers(64, 'immediate'),
    contenders: CONTENDERS,
    minOperations: 1_000,
  },
  contended10k: {
    title: '10,000 callers on 10 connections, held over a microtask',
    setup: TEN,
    workload: callers(10_000, 'microtask'),
    contenders: CONTENDERS,
    minOperations: 20_000,
  },
  breakage: {
    title: '64 callers on 10 connections, one use in ten breaks its connection',
    setup: TEN,
    workload: callersWithBreakage(64, 10),
    contenders: CONTENDERS,
    minOperations: 1_000,
  },
  churn: {
    title: '10 callers on 10 connections, every use breaks its connection',
    setup: TEN,
    workload: callersWithBreakage(10, 1),
    contenders: CONTENDERS,
    minOperations: 200,
  },
  timeout: {
    title: 'idle get+close with a timeout',
    setup: { ...TEN, timeoutMs: 5_000 },
    workload: oneCaller,
    contenders: POOLS,
    minOperations: 1_000,
  },
  timeoutContended: {
    title: '64 callers on 10 connections, each get with a timeout',
    setup: { ...TEN, timeoutMs: 5_000 },
    workload: callers(64, 'microtask'),
    contenders: POOLS,
    minOperations: 1_000,
  },
  signal: {
    title: 'idle get+close with a signal',
    setup: TEN,
    workload: oneCallerWithSignal,
    contenders: ABORTABLE,
    minOperations: 1_000,
  },
  signalContended: {
    title: '64 callers on 10 connections, each get with a signal',
    setup: TEN,
    workload: callersWithSignal(64),
    contenders: ABORTABLE,
    minOperations: 1_000,
  },
} satisfies Record<string, TimedCase>;

export type TimedCaseName = keyof typeof timedCases;
