/** The longest line that is written where it can be helped. */
export const LINE_WIDTH = 110;

/** A TSDoc comment, each line indented; nothing for no lines. */
export function commentOf(lines: readonly string[], indent: string): string {
  const [only] = lines;
  if (only === undefined) return '';
  if (lines.length === 1 && indent.length + only.length + 7 <= LINE_WIDTH) return `${indent}/** ${only} */\n`;
  const body = lines.map((line) => `${indent} *${line === '' ? '' : ` ${line}`}\n`);
  return `${indent}/**\n${body.join('')}${indent} */\n`;
}

/** A call with its arguments on one line, or on one each where that is too long. */
export function fitted(callee: string, args: readonly string[], after: string, indent: string): string {
  const line = `${indent}${callee}(${args.join(', ')})${after}`;
  if (line.length <= LINE_WIDTH) return line;
  return `${indent}${callee}(\n${args.map((arg) => `${indent}  ${arg},\n`).join('')}${indent})${after}`;
}
