import { parseArgs } from 'node:util';
import { commandOf, describeFailure, type RunId, runSeed } from './runner.js';
import { Totals } from './totals.js';

const HELP = `Runs the pool on simulated time with random callers and a random endpoint.

  npm run simulate -- [--seeds N] [--seed S] [--steps N] [--path P]

  --seeds N   how many seeds to run (default 1000)
  --seed S    the first of them (default 1)
  --steps N   steps of each run (default 40)
  --path P    with --seeds 1: replays what a failing run was shrunk to, as its report names it

Exits with 1 at the first failure, having printed it shrunk, and with 2 when the arguments make no sense.`;

const PROGRESS_MS = 5_000;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
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
  return runAll(ids);
}

async function runAll(ids: readonly RunId[]): Promise<number> {
  const totals = new Totals();
  const startedAt = performance.now();
  let reportedAt = startedAt;
  for (const id of ids) {
    const failure = await runSeed(id, (tally) => totals.add(tally));
    if (failure !== undefined) {
      console.error(await describeFailure(failure));
      console.error(`the whole run: ${commandOf({ ...id, path: undefined })}`);
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
