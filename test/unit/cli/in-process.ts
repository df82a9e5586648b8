import { runCli } from '../../../lib/cli/run-cli.js';

/** How a command ended, and what it printed. */
export interface CliRun {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command line within this process. */
export async function inProcess(...args: string[]): Promise<CliRun> {
  const printed = { stdout: '', stderr: '' };
  const restore = (['stdout', 'stderr'] as const).map((name) => {
    const stream = process[name];
    const { write } = stream;
    stream.write = (chunk: string | Uint8Array) => {
      printed[name] += chunk;
      return true;
    };
    return () => {
      stream.write = write;
    };
  });
  try {
    return { exitCode: await runCli(args), ...printed };
  } finally {
    for (const undo of restore) undo();
  }
}
