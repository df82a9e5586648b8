import { MeasuredProcess } from './measured-process.js';

/** Something that is measured of several contenders. */
export interface Measurement {
  readonly title: string;
  readonly unit: 'ns' | 'bytes';
  /** What runs in the processes. */
  readonly script: URL;
  /** The contenders and the flags that make the script measure them; the first is what the others are compared to. */
  readonly rows: Readonly<Record<string, readonly string[]>>;
  /** How many processes of each contender, one after the other: two runs of one program differ by some per cent. */
  readonly processes: number;
  /** Rounds of each process. */
  readonly rounds: number;
}

/** How often a measurement is repeated; a quick one only shows that it can be made. */
export function repeats(quick: boolean, rounds: number): Pick<Measurement, 'processes' | 'rounds'> {
  return quick ? { processes: 1, rounds: 1 } : { processes: 3, rounds };
}

/** What a measurement came to. */
export interface Outcome {
  readonly unit: string;
  readonly rows: Record<string, Figures>;
}

/** The figures of one contender. */
export interface Figures {
  /** Per operation; the median of the rounds. */
  readonly figure: number;
  /** How many times that of the first contender; the median over the rounds of both. */
  readonly ratio: number;
  /** How far off the ratio may be by chance. */
  readonly margin: number;
}

/**
 * Measures each contender in processes of its own. They take turns, round by round, and are compared within each
 * round, so that a slow spell of the machine hits all of them.
 */
export async function sideBySide(measurement: Measurement): Promise<Outcome> {
  const names = Object.keys(measurement.rows);
  const samples: number[][] = names.map(() => []);
  for (let i = 0; i < measurement.processes; i++) await takeTurns(measurement, samples);
  const figures = samples.map((own) => compared(own, samples[0]!));
  return { unit: measurement.unit, rows: Object.fromEntries(names.map((name, i) => [name, figures[i]!])) };
}

/** Adds the samples of one process each. */
async function takeTurns({ script, rows, rounds }: Measurement, samples: readonly number[][]): Promise<void> {
  const processes = await Promise.all(
    Object.values(rows).map((flags) => MeasuredProcess.start(script, flags)),
  );
  for (const each of processes) await each.warmUp();
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < processes.length; i++) {
      const turn = (round + i) % processes.length;
      samples[turn]!.push(await processes[turn]!.round());
    }
  }
  await Promise.all(processes.map((each) => each.end()));
}

function compared(own: readonly number[], base: readonly number[]): Figures {
  const ratios = own.map((value, round) => value / base[round]!);
  // The notch of a box plot (McGill, Tukey, Larsen 1978): medians whose notches do not overlap differ.
  const margin = (1.57 * (quantile(ratios, 0.75) - quantile(ratios, 0.25))) / Math.sqrt(ratios.length);
  return {
    figure: Math.round(quantile(own, 0.5)),
    ratio: Number(quantile(ratios, 0.5).toFixed(3)),
    margin: Number(margin.toFixed(3)),
  };
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN;
}
