import type { Contender } from './contenders.js';

/** One way of using a pool; runs `operations` times get and put. */
export type Case = (pool: Contender, operations: number) => Promise<void>;

const CALLERS = 64;

/** An idle connection is borrowed and given back, one caller. */
const idle: Case = async (pool, operations) => {
  for (let i = 0; i < operations; i++) pool.put((await pool.get()) as never);
};

/** 64 callers share ten connections; each holds its connection for one microtask. */
const contended: Case = async (pool, operations) => {
  let left = operations;
  const caller = async () => {
    while (left-- > 0) {
      const lent = await pool.get();
      await null;
      pool.put(lent as never);
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
};

export const cases: Record<string, Case> = {
  'idle get+close': idle,
  '64 callers on 10 connections': contended,
};
