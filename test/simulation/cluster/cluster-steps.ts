import fc from 'fast-check';
import type { BalancerName } from '../../../lib/cluster/balancers/index.js';

/** How a node behaves: it obeys, refuses, takes its time, or is never heard of again. */
export type Mood = 'ok' | 'fail' | 'slow' | 'never';

/** How long a slow node takes, ms. */
export const SLOW_MS = 40;

/** What one simulated cluster is like. */
export interface ClusterSettings {
  readonly balancer: BalancerName;
  readonly breaker: { readonly maxFails: number; readonly cooldownMs: number } | false;
  readonly outlier: boolean;
  readonly panicThreshold: number;
  readonly slowStartMs: number;
  readonly prewarm: number;
  readonly healthCheck: boolean;
  readonly allowEmpty: boolean;
  /** Further attempts of the retry middleware; 0 = none is used. */
  readonly retries: number;
  /** Calls that the bulkhead lets run at once, while the others wait; 0 = none is used. */
  readonly maxConcurrent: number;
  /** Limit of the timeout middleware, ms; 0 = none is used. */
  readonly callTimeoutMs: number;
  /** How long `close` waits, ms; undefined = as long as it takes. */
  readonly closeTimeoutMs: number | undefined;
  /** Whether everything is well again before the end. */
  readonly recovers: boolean;
  /** Seeds what the cluster leaves to chance. */
  readonly random: number;
}

/** One thing that is done to the cluster. Nodes are named by a number, counted round and round. */
export type ClusterStep =
  | {
      readonly op: 'call';
      readonly pin: number | undefined;
      readonly abortAfterMs: number | undefined;
      readonly timeoutMs: number | undefined;
      readonly balancer: BalancerName | undefined;
    }
  | {
      readonly op: 'borrow';
      readonly holdMs: number;
      readonly ending: 'close' | 'broken' | 'mark' | 'detach';
    }
  | { readonly op: 'mood'; readonly node: number; readonly get: Mood; readonly fn: Mood }
  | { readonly op: 'add'; readonly node: number; readonly shared: boolean }
  | { readonly op: 'remove'; readonly node: number }
  | { readonly op: 'list'; readonly nodes: readonly number[]; readonly weight: number }
  | { readonly op: 'discoveryFails' }
  | { readonly op: 'advance'; readonly ms: number };

const balancer = fc.constantFrom<BalancerName>(
  'roundRobin',
  'random',
  'weightedRandom',
  'weightedRoundRobin',
  'smoothWeightedRoundRobin',
  'leastLoaded',
  'peakEwma',
  'consistentHash',
);
const mood = fc.oneof(
  { weight: 5, arbitrary: fc.constant<Mood>('ok') },
  { weight: 3, arbitrary: fc.constant<Mood>('fail') },
  { weight: 2, arbitrary: fc.constant<Mood>('slow') },
  { weight: 1, arbitrary: fc.constant<Mood>('never') },
);
const node = fc.nat(5);
const ms = fc.constantFrom(1, 10, 39, 40, 100, 1_000);

export const clusterSettings: fc.Arbitrary<ClusterSettings> = fc.record({
  balancer,
  breaker: fc.constantFrom<ClusterSettings['breaker']>(
    false,
    { maxFails: 1, cooldownMs: 50 },
    { maxFails: 3, cooldownMs: 1_000 },
  ),
  outlier: fc.boolean(),
  panicThreshold: fc.constantFrom(0, 0, 0.5),
  slowStartMs: fc.constantFrom(0, 500),
  prewarm: fc.constantFrom(0, 0, 2),
  healthCheck: fc.boolean(),
  allowEmpty: fc.boolean(),
  retries: fc.constantFrom(0, 0, 2),
  maxConcurrent: fc.constantFrom(0, 0, 2),
  callTimeoutMs: fc.constantFrom(0, 0, 60),
  closeTimeoutMs: fc.constantFrom(undefined, 0, 100),
  recovers: fc.boolean(),
  random: fc.nat(),
});

export const clusterStep: fc.Arbitrary<ClusterStep> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      op: fc.constant('call' as const),
      pin: fc.option(node, { freq: 6, nil: undefined }),
      abortAfterMs: fc.option(ms, { freq: 3, nil: undefined }),
      timeoutMs: fc.option(ms, { freq: 3, nil: undefined }),
      balancer: fc.option(balancer, { freq: 4, nil: undefined }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      op: fc.constant('borrow' as const),
      holdMs: ms,
      ending: fc.constantFrom('close' as const, 'broken' as const, 'mark' as const, 'detach' as const),
    }),
  },
  { weight: 4, arbitrary: fc.record({ op: fc.constant('mood' as const), node, get: mood, fn: mood }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('add' as const), node, shared: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('remove' as const), node }) },
  {
    weight: 2,
    arbitrary: fc.record({
      op: fc.constant('list' as const),
      nodes: fc.uniqueArray(node, { maxLength: 4 }),
      weight: fc.nat(3),
    }),
  },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('discoveryFails' as const) }) },
  { weight: 6, arbitrary: fc.record({ op: fc.constant('advance' as const), ms }) },
);
