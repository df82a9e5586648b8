import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** What a script printed. */
export interface Run {
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a script of this repository as a process of its own and resolves when it has ended by itself, with exit code 0.
 * @param env what differs from this process's environment
 */
export function runScript(
  script: string,
  flags: readonly string[] = [],
  env: Record<string, string> = {},
): Promise<Run> {
  return promisify(execFile)(process.execPath, ['--import', 'tsx', script, ...flags], {
    cwd: root,
    env: { ...process.env, ...env },
    timeout: 55_000,
  });
}

/** An environment in which no program is found by its name alone. */
export const NO_PROGRAMS = { PATH: '/nonexistent' };
