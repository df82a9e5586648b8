import { parseArgs } from 'node:util';
import { clusterSubject } from './cluster/cluster-subject.js';
import { poolSubject } from './pool-subject.js';
import { commandOf, describeFailure, type RunId, runSeed } from './runner.js';
import type { Subject } from './subject.js';
import { Totals } from './totals.js';

const HELP = `Runs the pool, or a cluster, on simulated time with random callers and random endpoints.

  npm run simulate -- [--cluster] [--seeds N] [--seed S] [--steps N] [--path P]

  --cluster   the cluster instead of the pool
  --seeds N   how many seeds to run (default 1000)
  --seed S    the first of them (default 1)
  --steps N   steps of each run (default 40)
  --path P    with --seeds 1: replays what a failing run was shrunk to, as its report names it

Exits with 1 at the first failure, having printed it shrunk, and with 2 when the arguments make no sense.`;

const PROGRESS_MS = 5_000;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      cluster: { type: 'boolean', default: false },
      seeds: { type: 'string', default: '1000' },
      seed: { type: 'string', default: '1' },
      steps: { type: 'string', default: '40' },
      path: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const first = integer('seed', values.seed);
  const count = integer('seeds', values.seeds);
  const steps = integer('steps', values.steps);
  const ids = Array.from({ length: count }, (_, n) => ({ seed: first + n, steps, path: values.path }));
  return values.cluster ? runAll(clusterSubject, ids) : runAll(poolSubject, ids);
}

async function runAll<TStep, TSettings extends object>(
  subject: Subject<TStep, TSettings>,
  ids: readonly RunId[],
): Promise<number> {
  const totals = new Totals();
  const startedAt = performance.now();
  let reportedAt = startedAt;
  for (const id of ids) {
    const failure = await runSeed(subject, id, (tally) => totals.add(tally));
    if (failure !== undefined) {
      console.error(await describeFailure(subject, failure));
      console.error(`the whole run: ${commandOf(subject, { ...id, path: undefined })}`);
      return 1;
    }
    if (performance.now() - reportedAt > PROGRESS_MS) {
      reportedAt = performance.now();
      console.log(`${totals.runs} of ${ids.length} seeds, now at ${id.seed}`);
    }
  }
  const seconds = (performance.now() - startedAt) / 1_000;
  console.log(`${totals.runs} seeds held in ${seconds.toFixed(1)} s`);
  console.log(`seen: ${totals}`);
  return 0;
}

function integer(name: string, value: string): number {
  if (!/^\d+$/.test(value)) throw new TypeError(`--${name} must be an integer from 0, got '${value}'`);
  return Number(value);
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof TypeError ? error.message : error);
  process.exitCode = 2;
}
