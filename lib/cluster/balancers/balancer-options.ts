import { InvalidOptionError } from '../../pool/errors.js';

/** Options of the balancers that draw lots. */
export interface DrawOptions {
  /** Gives numbers from 0 up to, not including, 1; a seeded one makes the picks repeatable. @default Math.random */
  random?: (() => number) | undefined;
}

/** What an option may be. */
export interface OptionRule {
  readonly allowed: string;
  accepts(value: unknown): boolean;
}

const RANDOM_RULE: OptionRule = { allowed: 'a function', accepts: (v) => typeof v === 'function' };

/**
 * Checks a balancer's options and gives its source of lots.
 * @param rules the options it takes besides `random`
 * @throws InvalidOptionError for an unknown option or a value that is not allowed
 */
export function resolveRandom(options: DrawOptions, rules: Record<string, OptionRule> = {}): () => number {
  if (typeof options !== 'object' || options === null) {
    throw new InvalidOptionError('options', options, 'an object');
  }
  const known: Record<string, OptionRule> = { random: RANDOM_RULE, ...rules };
  for (const [name, value] of Object.entries(options)) {
    const rule = Object.hasOwn(known, name) ? known[name] : undefined;
    if (rule === undefined) {
      throw new InvalidOptionError(
        name,
        value,
        `left out: there is no such option. Known: ${Object.keys(known).join(', ')}`,
      );
    }
    if (value !== undefined && !rule.accepts(value)) throw new InvalidOptionError(name, value, rule.allowed);
  }
  return options.random ?? Math.random;
}
