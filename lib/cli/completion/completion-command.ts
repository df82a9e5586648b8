import { Argument, type Command } from 'commander';
import { bashCompletion } from './bash-completion.js';
import { type CommandShape, shapesOf } from './command-shape.js';
import { fishCompletion } from './fish-completion.js';
import { zshCompletion } from './zsh-completion.js';

const SHELLS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } as const satisfies Record<
  string,
  (commands: readonly CommandShape[]) => string
>;

/** `connpool completion`: a script that makes a shell complete commands, flags and their values. */
export function addCompletion(program: Command): void {
  program
    .command('completion')
    .description('Print a script that makes a shell complete commands, flags and their values.')
    .addArgument(new Argument('<shell>', 'which').choices(Object.keys(SHELLS)))
    .addHelpText('after', HELP)
    .action((shell: keyof typeof SHELLS) => console.log(SHELLS[shell](shapesOf(program))));
}

const HELP = `
Examples:
  source <(connpool completion bash)     in ~/.bashrc
  source <(connpool completion zsh)      in ~/.zshrc, after compinit
  connpool completion fish | source      in ~/.config/fish/config.fish`;
