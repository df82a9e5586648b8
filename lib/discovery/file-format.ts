import { extname } from 'node:path';
import { ConnPoolError, InvalidOptionError } from '../pool/errors.js';

/** Gives what the text of a file says. */
export type ParseText = (text: string) => unknown | Promise<unknown>;

/**
 * How a file is read, by the end of its name.
 * @throws InvalidOptionError when that tells nothing
 */
export function parserFor(path: string): ParseText {
  const extension = typeof path === 'string' ? extname(path).toLowerCase() : '';
  if (extension === '.json') return parseJson;
  if (extension === '.yaml' || extension === '.yml') return (text) => parseYaml(text);
  throw new InvalidOptionError('path', path, "a path that ends in '.json', '.yaml' or '.yml'");
}

/** Whether the beginning of a text may be a text of its own: not in JSON, which ends with a bracket. */
export function isOpenEnded(path: string): boolean {
  return extname(path).toLowerCase() !== '.json';
}

const parseJson: ParseText = (text) => {
  // Some editors begin a file with a byte order mark.
  return JSON.parse(text.replace(/^\uFEFF/, ''));
};

type Yaml = Pick<typeof import('yaml'), 'parse'>;

/**
 * Reads YAML with the package `yaml`, which is loaded when the first file needs it.
 * @throws ConnPoolError (as a rejection) when it is not installed: `ERR_MISSING_PACKAGE`
 */
export async function parseYaml(text: string, load?: () => Promise<Yaml>): Promise<unknown> {
  let yaml: Yaml;
  try {
    // Awaited right here in the try, by which bundlers know that the package may be missing.
    yaml = load === undefined ? await import('yaml') : await load();
  } catch (cause) {
    const message = "a YAML file needs the package 'yaml': npm install yaml, or use JSON";
    throw new ConnPoolError('ERR_MISSING_PACKAGE', message, { cause });
  }
  return yaml.parse(text, { logLevel: 'error' });
}
