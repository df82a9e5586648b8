import type { BlockRun } from './block-run.js';
import { CONNECT, withConnect } from './own-client.js';

/** In each, `connect` is the reader's own. */
export const MIGRATING: readonly BlockRun[] = (
  [
    ['const old = createPool(', 'console.log(before); await old.clear();', 'select 1\n'],
    ['const after = ', 'console.log(after); await pool.close();', 'select 1\n'],
    ['transport.close(broken)', 'console.log(pool.stats().idle); await pool.close();', '1\n'],
    ["from 'lightning-pool'", 'console.log(old.size);', '0\n'],
    ['await use(', 'console.log(pool.stats().gets);', '1\n'],
    ["meta: 'a'", 'console.log(pool.stats().idle); await pool.close();', '1\n'],
    ["balancer: 'weightedRandom'", 'console.log(rows); await cluster.close();', 'select 1\n'],
  ] as const
).map(([holds, after, prints]) => ({
  ...{ document: 'docs/migrating.md', holds, after, prints },
  ...{ before: CONNECT, replace: withConnect },
}));
