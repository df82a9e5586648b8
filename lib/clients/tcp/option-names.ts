import { unknownOption } from '../../pool/check-options.js';
import { InvalidOptionError } from '../../pool/errors.js';

/**
 * Refuses what is no object and options nobody knows.
 * @throws InvalidOptionError
 */
export function checkNames(options: unknown, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null) {
    throw new InvalidOptionError('options', options, 'an object with port or path');
  }
  for (const [name, value] of Object.entries(options)) {
    if (!known.includes(name)) throw unknownOption(name, value, known);
  }
}
