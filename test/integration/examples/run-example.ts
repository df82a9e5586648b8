import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** No example may take longer; the process is killed then. */
const LIMIT_MS = 30_000;

/** How an example ended. */
export interface ExampleRun {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
  readonly errors: string;
}

/** An example under way. */
export interface RunningExample {
  readonly child: ChildProcess;
  /** What it has printed so far. */
  readonly output: string;
  readonly ended: Promise<ExampleRun>;
}

/** Starts the main file of an example as its npm script does. */
export function startExample(name: string, ...flags: string[]): RunningExample {
  const child = spawn(process.execPath, ['--import', 'tsx', `examples/${name}/main.ts`, ...flags], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: LIMIT_MS,
    killSignal: 'SIGKILL',
  });
  let [output, errors] = ['', ''];
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  const ended = once(child, 'close').then(
    ([exitCode, signal]): ExampleRun => ({ exitCode, signal, output, errors }),
  );
  return {
    child,
    get output() {
      return output;
    },
    ended,
  };
}

/** Runs the main file of an example to its end. */
export function runExample(name: string, ...flags: string[]): Promise<ExampleRun> {
  return startExample(name, ...flags).ended;
}
