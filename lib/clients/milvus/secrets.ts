import { inspect } from 'node:util';
import { checkOptions, type OptionRule, unknownOption } from '../../pool/check-options.js';
import { InvalidOptionError } from '../../pool/errors.js';

/**
 * As `checkOptions`, but no error shows the value of a secret or of an option that nobody knows: that may be a secret
 * whose name was misspelt.
 * @throws InvalidOptionError
 */
export function checkOptionsHiding(
  name: string,
  options: unknown,
  rules: Readonly<Record<string, OptionRule>>,
  secrets: ReadonlySet<string>,
): void {
  if (typeof options !== 'object' || options === null) {
    throw new InvalidOptionError(name, hidden(options), 'an object');
  }
  for (const [option, value] of Object.entries(options)) {
    const rule = Object.hasOwn(rules, option) ? rules[option] : undefined;
    if (rule === undefined) throw unknownOption(option, hidden(value), Object.keys(rules));
    if (secrets.has(option) && value !== undefined && !rule.accepts(value)) {
      throw new InvalidOptionError(option, hidden(value), rule.allowed);
    }
  }
  checkOptions(name, options, rules);
}

/** Stands for a value that no error may show. */
export function hidden(value: unknown): unknown {
  if (value === null || value === undefined || value === '') return value;
  return `<${typeof value}, not shown>`;
}

/** What must not be seen, and how to keep it out of texts and errors. */
export class Secrets {
  readonly #words: readonly string[];

  /** @param words the secrets; left out where there is none */
  constructor(words: readonly (string | undefined)[]) {
    this.#words = words.filter((word) => word !== undefined && word !== '') as string[];
  }

  /** The text with `***` in place of every secret. */
  strip(text: string): string {
    return this.#words.reduce((stripped, word) => stripped.replaceAll(word, '***'), text);
  }

  /** Whether a secret shows when the value is printed. */
  showIn(value: unknown): boolean {
    const printed = inspect(value, { depth: 5 });
    return this.#words.some((word) => printed.includes(word));
  }
}
