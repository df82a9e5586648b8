// npm run bench [-- --quick] [-- --out FILE]: this pool beside others, in one run. The processes of all contenders
// take turns, several times, so that a slow spell of the machine hits all of them.
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { cases } from './cases.js';
import { contenders, FLOOR } from './contenders.js';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    out: { type: 'string', default: fileURLToPath(new URL('../results.json', import.meta.url)) },
  },
});
const turns = values.quick ? 1 : 7;
const rounds = values.quick ? 2 : 8;
const operations = values.quick ? 20_000 : 200_000;
const run = promisify(execFile);
const script = fileURLToPath(new URL('./measure.ts', import.meta.url));
const loadAtStart = loadavg()[0] ?? 0;

const results: Record<string, Record<string, { ns: number; ratio: number }>> = {};
for (const name of Object.keys(cases)) {
  const names = Object.keys(contenders).filter((contender) => contender !== FLOOR || name.startsWith('idle'));
  const samples = new Map<string, number[]>(names.map((contender) => [contender, []]));
  for (let turn = 0; turn < turns; turn++) {
    for (const contender of names) samples.get(contender)?.push(await measure(contender, name));
  }
  const ours = median(samples.get('connpool') ?? []);
  results[name] = Object.fromEntries(
    [...samples].map(([contender, ns]) => [
      contender,
      { ns: Math.round(median(ns)), ratio: Number((median(ns) / ours).toFixed(2)) },
    ]),
  );
  console.log(`\n${name} (time per operation, connpool = 1)`);
  console.table(results[name]);
}

const machine = { node: process.version, cpu: cpus()[0]?.model, cores: cpus().length, loadAtStart };
await writeFile(
  values.out,
  `${JSON.stringify({ date: new Date().toISOString(), machine, results }, null, 2)}\n`,
);
console.log(`written to ${values.out}`);

async function measure(contender: string, name: string): Promise<number> {
  const args = ['--import', 'tsx', script, contender, name, String(rounds), String(operations)];
  const { stdout } = await run(process.execPath, args);
  return Number(stdout);
}

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
