import type { CommandShape } from './command-shape.js';

/** A completion script for bash. Where nothing fits it falls back to file names. */
export function bashCompletion(commands: readonly CommandShape[]): string {
  const names = commands.map(({ name }) => name).join(' ');
  const values = commands.flatMap(({ name, flags }) =>
    flags
      .filter(({ takesValue }) => takesValue)
      .map(({ long, short, choices }) => {
        const patterns = [long, ...(short === undefined ? [] : [short])].map((flag) => `'${name} ${flag}'`);
        return `    ${patterns.join('|')}) words='${choices.join(' ')}' ;;`;
      }),
  );
  const words = commands.map(
    ({ name, flags, choices }) =>
      `        ${name}) words='${[...flags.map(({ long }) => long), ...choices].join(' ')}' ;;`,
  );
  return `# bash completion of connpool: source <(connpool completion bash)
_connpool() {
  local words='' current="\${COMP_WORDS[COMP_CWORD]}"
  case "\${COMP_WORDS[1]} \${COMP_WORDS[COMP_CWORD-1]}" in
${values.join('\n')}
    *)
      case "$([ "$COMP_CWORD" -gt 1 ] && echo "\${COMP_WORDS[1]}")" in
${words.join('\n')}
        *) words='${names} --help --version' ;;
      esac ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _connpool connpool`;
}
