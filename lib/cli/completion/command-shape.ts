import type { Command } from 'commander';

/** A command as shells see it. */
export interface CommandShape {
  readonly name: string;
  readonly about: string;
  readonly flags: readonly FlagShape[];
  /** What its first argument may be; empty: a file, or anything. */
  readonly choices: readonly string[];
}

/** A flag as shells see it. */
export interface FlagShape {
  /** `--json` */
  readonly long: string;
  /** `-c` */
  readonly short: string | undefined;
  readonly about: string;
  /** Whether a value follows it. */
  readonly takesValue: boolean;
  /** What the value may be; empty: a file, or anything. */
  readonly choices: readonly string[];
}

const HELP: FlagShape = {
  long: '--help',
  short: '-h',
  about: 'display help for command',
  takesValue: false,
  choices: [],
};

/** Every command of a program with its flags, `help` included. */
export function shapesOf(program: Command): CommandShape[] {
  const names = program.commands.map((command) => command.name());
  return [
    ...program.commands.map((command) => ({
      name: command.name(),
      about: command.description(),
      flags: [...command.options.map(flagOf), HELP],
      choices: command.registeredArguments[0]?.argChoices ?? [],
    })),
    { name: 'help', about: 'display help for command', flags: [], choices: names },
  ];
}

function flagOf({ long, short, description, required, argChoices }: Command['options'][number]): FlagShape {
  return { long: long!, short, about: description, takesValue: required, choices: argChoices ?? [] };
}
