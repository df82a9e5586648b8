import type { WriteStream } from 'node:tty';

/** Marks text on terminals that show colours, unless `NO_COLOR` is set. */
export interface Colours {
  good(text: string): string;
  bad(text: string): string;
  strong(text: string): string;
}

export function colours(stream: Pick<WriteStream, 'isTTY'>): Colours {
  const on = stream.isTTY === true && (process.env.NO_COLOR ?? '') === '';
  const paint = (code: number) => (text: string) => (on ? `\u001b[${code}m${text}\u001b[0m` : text);
  return { good: paint(32), bad: paint(31), strong: paint(1) };
}
