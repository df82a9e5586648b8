import { writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Measurement, type Outcome, sideBySide } from './side-by-side.js';

/** What was measured, by title. */
export type Results = Record<string, Outcome>;

const loadAtStart = load();

/** The flags of a benchmark: `--quick`, and `--out FILE`, which is a file of this folder when it is not given. */
export function flags(out: string): { readonly quick: boolean; readonly out: string } {
  const options = {
    quick: { type: 'boolean', default: false },
    out: { type: 'string', default: fileURLToPath(new URL(out, import.meta.url)) },
  } as const;
  return parseArgs({ options }).values;
}

/** Measures one after the other, and prints a table of each as soon as it is there. */
export async function measureAll(measurements: readonly Measurement[]): Promise<Results> {
  const results: Results = {};
  for (const measurement of measurements) {
    const outcome = await sideBySide(measurement);
    results[measurement.title] = outcome;
    printOutcome(measurement, outcome);
  }
  return results;
}

function printOutcome({ title, unit, rows }: Measurement, outcome: Outcome): void {
  console.log(`\n${title} (${Object.keys(rows)[0]} = 1)`);
  const width = Math.max(...Object.keys(rows).map((name) => name.length));
  for (const [name, { figure, ratio, margin }] of Object.entries(outcome.rows)) {
    const cells = [ratio.toFixed(2).padStart(8), `±${margin.toFixed(2)}`.padStart(7)];
    console.log(`  ${name.padEnd(width)}${cells.join('')}${`${figure} ${unit}`.padStart(14)}`);
  }
}

/** Writes the figures, and what they were measured on, as JSON. */
export async function writeReport(file: string, figures: object): Promise<void> {
  const machine = {
    cpu: cpus()[0]?.model,
    cores: cpus().length,
    node: process.version,
    loadAtStart,
    loadAtEnd: load(),
  };
  const report = { date: new Date().toISOString(), machine, ...figures };
  await writeFile(file, `${JSON.stringify(report, null, 2)}\n`);
  console.log(`\nwritten to ${file}`);
}

/** Processes that wanted to run, on average of the last minute. */
function load(): number {
  return Number((loadavg()[0] ?? 0).toFixed(2));
}
