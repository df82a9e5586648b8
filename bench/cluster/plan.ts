import { type Measurement, repeats } from '../side-by-side.js';

/** How a call reaches the function; the first is what the others are compared to. */
const CLUSTER_CONTENDERS = [
  'pool.do',
  'cluster.do, 1 node',
  'cluster.do, 10 nodes',
  'cluster.do, a shared client',
  'opossum around pool.do',
  'cockatiel around pool.do',
  'opossum alone',
  'cockatiel alone',
  'the function alone',
] as const;

export type ClusterContender = (typeof CLUSTER_CONTENDERS)[number];

const CALLERS = { 'one caller': 1, '64 callers at once': 64 };

/** Calls of a function that does nothing: what is measured is what stands around it. */
export function clusterMeasurements(quick: boolean): Measurement[] {
  return Object.entries(CALLERS).map(([title, callers]) => ({
    title,
    unit: 'ns',
    script: new URL('./worker.ts', import.meta.url),
    rows: Object.fromEntries(
      CLUSTER_CONTENDERS.map((name) => [name, [name, `${callers}`, quick ? '2' : '30']]),
    ),
    ...repeats(quick, 10),
  }));
}
