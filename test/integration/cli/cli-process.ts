import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { waitFor } from '../../support/wait-for.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** No command of a test may take longer; the process is killed then. */
const LIMIT_MS = 60_000;

/** What the environment must not bring along. (Coverage of one file, compiled in two ways, cannot be added up.) */
const CLEAN = {
  NO_COLOR: undefined,
  CONNPOOL_URL: undefined,
  CONNPOOL_TOKEN: undefined,
  NODE_V8_COVERAGE: undefined,
};

/** How a command ended. */
export interface CliRun {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command under way. */
export interface CliProcess {
  readonly child: ChildProcess;
  readonly stdout: string;
  readonly stderr: string;
  readonly ended: Promise<CliRun>;
  /** Waits until standard output or error has this. */
  saw(text: RegExp): Promise<RegExpExecArray>;
}

/** Starts `connpool` as a process, from the sources. */
export function startCli(args: readonly string[], env: NodeJS.ProcessEnv = {}): CliProcess {
  const child = spawn(process.execPath, ['--import', 'tsx', 'lib/cli/main.ts', ...args], {
    cwd: root,
    env: { ...process.env, ...CLEAN, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: LIMIT_MS,
    killSignal: 'SIGKILL',
  });
  const out = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => {
    out.stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    out.stderr += chunk;
  });
  const ended = once(child, 'close').then(([exitCode]): CliRun => ({ exitCode, ...out }));
  return {
    child,
    get stdout() {
      return out.stdout;
    },
    get stderr() {
      return out.stderr;
    },
    ended,
    saw: (text) => {
      const look = () => {
        const found = text.exec(out.stdout) ?? text.exec(out.stderr);
        if (found === null && child.exitCode !== null) {
          throw new Error(`${args[0]} ended without printing ${text}: ${out.stdout}${out.stderr}`);
        }
        return found;
      };
      return waitFor(`${args[0]} prints ${text}`, look, { timeoutMs: 15_000 }) as Promise<RegExpExecArray>;
    },
  };
}

/** Runs `connpool` to its end. */
export function cli(...args: string[]): Promise<CliRun> {
  return startCli(args).ended;
}
