import type { CommandShape, FlagShape } from './command-shape.js';

/** A completion script for fish. */
export function fishCompletion(commands: readonly CommandShape[]): string {
  return [
    '# fish completion of connpool: connpool completion fish | source',
    ...commands.flatMap(({ name, about, flags, choices }) => {
      const within = `complete -c connpool -n '__fish_seen_subcommand_from ${name}'`;
      return [
        `complete -c connpool -n __fish_use_subcommand -f -a ${name} -d ${quoted(about)}`,
        ...flags.map((flag) => `${within}${flagOf(flag)}`),
        ...(choices.length > 0 ? [`${within} -f -a ${quoted(choices.join(' '))}`] : []),
      ];
    }),
  ].join('\n');
}

function flagOf({ long, short, about, takesValue, choices }: FlagShape): string {
  const names = ` -l ${long.slice(2)}${short === undefined ? '' : ` -s ${short.slice(1)}`}`;
  const values = !takesValue ? '' : choices.length > 0 ? ` -x -a ${quoted(choices.join(' '))}` : ' -r';
  return `${names}${values} -d ${quoted(about)}`;
}

/** Within fish's single quotes only the backslash and the quote itself are special. */
function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
