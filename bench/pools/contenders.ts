import type { Contender, Setup } from './contenders/contender.js';

export const OURS = 'connpool';
/** What any pool costs at least. */
export const FLOOR = 'bare array';
export const PEERS = ['generic-pool', 'lightning-pool', 'tarn', 'sequelize-pool'] as const;
export const POOLS = [OURS, ...PEERS] as const;
export const CONTENDERS = [...POOLS, FLOOR] as const;
export type ContenderName = (typeof CONTENDERS)[number];
/** Those whose `get` a signal can end. */
export const ABORTABLE = [OURS, 'tarn', FLOOR] as const;

/** Loads the contender alone: what a process does not use does not lie in its heap either. */
const makers: Record<ContenderName, () => Promise<unknown>> = {
  connpool: async () => (await import('./contenders/connpool.js')).connpool,
  'generic-pool': async () => (await import('./contenders/generic-pool.js')).genericPool,
  'lightning-pool': async () => (await import('./contenders/lightning-pool.js')).lightningPool,
  tarn: async () => (await import('./contenders/tarn.js')).tarn,
  'sequelize-pool': async () => (await import('./contenders/sequelize-pool.js')).sequelizePool,
  [FLOOR]: async () => (await import('./contenders/bare-array.js')).bareArray,
};

/** Loads a contender; what it gives sets a pool up as its documentation suggests, with its own defaults but for `setup`. */
export async function loadContender(name: ContenderName): Promise<(setup: Setup) => Contender> {
  return (await makers[name]()) as (setup: Setup) => Contender;
}
