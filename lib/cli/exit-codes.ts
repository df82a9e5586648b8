/** Exit codes that scripts can rely on. */
export const EXIT = {
  ok: 0,
  /** It works, but the answer is bad: unhealthy, a config with faults, generated code out of date, lost calls. */
  bad: 1,
  /** It could not be found out: wrong usage, nothing to be reached. */
  trouble: 2,
} as const;

/** Ends the command with a message and an exit code. */
export class CliError extends Error {
  constructor(
    message: string,
    readonly exitCode: number = EXIT.trouble,
  ) {
    super(message);
  }
}

/** Takes the exit code of a command. */
export type SetExitCode = (code: number) => void;
