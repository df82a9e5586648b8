// npm run bench [-- --quick] [-- --out FILE]: this pool beside others, in one run. The processes of all contenders
// take turns, round by round, so that a slow spell of the machine hits all of them.
import { writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { OURS } from './contenders.js';
import { goals } from './goals.js';
import { MeasuredProcess } from './measured-process.js';
import { type Measurement, plan } from './plan.js';
import type { Sample } from './sample.js';

/** The median of a row, and how many times ours it is. */
export interface Result {
  readonly figure: number;
  readonly ratio: number;
}

/** By title and row. */
export type Results = Record<string, Record<string, Result>>;

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    out: { type: 'string', default: fileURLToPath(new URL('../results.json', import.meta.url)) },
  },
});
const loadAtStart = loadavg()[0] ?? 0;

const results: Results = {};
for (const measurement of plan(values.quick)) {
  const { title, unit } = measurement;
  results[title] = await measure(measurement);
  console.log(`\n${title} (${unit}; ${OURS} = 1)`);
  console.table(results[title]);
}

const reached = goals(results);
console.log('\nGoals');
for (const { aim, found, met } of reached) console.log(`  ${met ? 'met    ' : 'NOT MET'} ${aim}: ${found}`);
const machine = { node: process.version, cpu: cpus()[0]?.model, cores: cpus().length, loadAtStart };
const report = { date: new Date().toISOString(), machine, results, goals: reached };
await writeFile(values.out, `${JSON.stringify(report, null, 2)}\n`);
console.log(`\nwritten to ${values.out}`);

async function measure({ rows, processes, rounds }: Measurement): Promise<Results[string]> {
  const running: MeasuredProcess[] = [];
  for (const flags of processes) running.push(await MeasuredProcess.start(flags));
  const samples: number[][] = rows.map(() => []);
  for (let round = 0; round < rounds; round++) {
    const measured: Sample[] = [];
    for (const child of running) measured.push(...(await child.round()));
    for (const [i, { value }] of measured.entries()) samples[i]?.push(value);
  }
  for (const child of running) await child.end();
  const medians = samples.map(median);
  const ours = medians[rows.indexOf(OURS)] ?? Number.NaN;
  return Object.fromEntries(
    rows.map((row, i) => {
      const figure = medians[i] ?? Number.NaN;
      return [row, { figure: Math.round(figure), ratio: Number((figure / ours).toFixed(3)) }];
    }),
  );
}

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
