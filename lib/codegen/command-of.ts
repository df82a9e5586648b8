import type { GenerateOptions } from './codegen-options.js';

/** The command line that generates with these options. */
export function commandOf({ source, type, wrapper, output, poolField, metrics }: GenerateOptions): string {
  const flags = { source, type, wrapper, output, 'pool-field': poolField };
  const given = Object.entries(flags).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name} ${quoted(value.replaceAll('\\', '/'))}`],
  );
  if (metrics === false) given.push('--no-metrics');
  return `connpool codegen ${given.join(' ')}`;
}

function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
