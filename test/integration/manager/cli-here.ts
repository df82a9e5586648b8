import { waitFor } from '../../support/wait-for.js';

/** A command that runs in this process. */
export interface CliHere {
  readonly output: string;
  readonly exitCode: Promise<number>;
  /** Waits until it has printed this. */
  saw(text: RegExp): Promise<RegExpExecArray>;
}

/** Starts a command in this process, one at a time; what it prints is kept instead. */
export function startCliHere(...args: string[]): CliHere {
  let output = '';
  const { log, error } = console;
  const keep = (...texts: unknown[]) => {
    output += `${texts.join(' ')}\n`;
  };
  Object.assign(console, { log: keep, error: keep });
  const exitCode = run(args).finally(() => Object.assign(console, { log, error }));
  return {
    get output() {
      return output;
    },
    exitCode,
    saw: (text) =>
      waitFor(`${args[0]} prints ${text}`, () => text.exec(output) ?? undefined) as Promise<RegExpExecArray>,
  };
}

/** As a module: mocha requires its test files, and what a command loads when it is needed is imported. */
async function run(args: readonly string[]): Promise<number> {
  const { runCli } = await import('../../../lib/cli/run-cli.js');
  return runCli(args);
}

/** Runs a command to its end. */
export async function cliHere(...args: string[]): Promise<{ exitCode: number; output: string }> {
  const cli = startCliHere(...args);
  const exitCode = await cli.exitCode;
  return { exitCode, output: cli.output };
}
