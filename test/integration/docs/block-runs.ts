import type { BlockRun } from './block-runs/block-run.js';
import { CLUSTERS } from './block-runs/clusters.js';
import { MIGRATING } from './block-runs/migrating.js';
import { POOLS } from './block-runs/pools.js';

/** How each block of the documents is run. */
export const BLOCK_RUNS: readonly BlockRun[] = [...POOLS, ...CLUSTERS, ...MIGRATING];

/** Blocks that are compiled but not run, and why. */
export const NOT_RUN: readonly { readonly document: string; readonly holds: string; readonly why: string }[] =
  [
    {
      document: 'docs/discovery.md',
      holds: 'etcdDiscovery(',
      why: 'it wants three etcd servers with accounts; test/integration/discovery has etcd itself',
    },
  ];
