import { InvalidArgumentError } from 'commander';

const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  0: '\0',
  '\\': '\\',
};

/** Reads text with the escapes `\n`, `\r`, `\t`, `\0`, `\\` and `\xHH` (a byte). */
export function textBytes(text: string): Buffer {
  const parts: Buffer[] = [];
  for (const [whole, hex, letter] of text.matchAll(/\\x([\da-f]{2})|\\(.?)|[^\\]+/gis)) {
    if (hex !== undefined) parts.push(Buffer.from(hex, 'hex'));
    else if (letter === undefined) parts.push(Buffer.from(whole));
    else if (Object.hasOwn(ESCAPES, letter)) parts.push(Buffer.from(ESCAPES[letter]!));
    else
      throw new InvalidArgumentError(`It has '${whole}', but knows only \\n, \\r, \\t, \\0, \\\\ and \\xHH.`);
  }
  return notEmpty(Buffer.concat(parts));
}

/** Reads bytes in hexadecimal; blanks between them do no harm. */
export function hexBytes(text: string): Buffer {
  const digits = text.replaceAll(/\s/g, '');
  if (!/^(?:[\da-f]{2})*$/i.test(digits)) {
    throw new InvalidArgumentError('It must be bytes in hexadecimal, such as 50494e470a.');
  }
  return notEmpty(Buffer.from(digits, 'hex'));
}

function notEmpty(bytes: Buffer): Buffer {
  if (bytes.length > 0) return bytes;
  throw new InvalidArgumentError('It must have at least one byte.');
}
