import type { CommandShape, FlagShape } from './command-shape.js';

/** A completion script for zsh. */
export function zshCompletion(commands: readonly CommandShape[]): string {
  const described = commands.map(({ name, about }) => `    ${quoted(`${name}:${about}`)}`);
  const cases = commands.map(({ name, flags, choices }) => {
    const specs = flags.flatMap(specsOf);
    const argument = choices.length > 0 ? `1: :(${choices.join(' ')})` : '*:file:_files';
    return `    ${name}) _arguments ${[...specs, argument].map(quoted).join(' ')} ;;`;
  });
  return `#compdef connpool
# zsh completion of connpool: source <(connpool completion zsh)
_connpool() {
  local -a commands=(
${described.join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  shift words
  (( CURRENT-- ))
  case "$words[1]" in
${cases.join('\n')}
  esac
}
compdef _connpool connpool`;
}

function specsOf({ long, short, about, takesValue, choices }: FlagShape): string[] {
  const text = about.replaceAll(/[[\]]/g, '');
  const value = !takesValue ? '' : choices.length > 0 ? `: :(${choices.join(' ')})` : ': :_files';
  return [long, ...(short === undefined ? [] : [short])].map((flag) => `${flag}[${text}]${value}`);
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
