import { checkOptions, functionRule, type OptionRule } from '../../pool/check-options.js';

/** Options of the balancers that draw lots. */
export interface DrawOptions {
  /** Gives numbers from 0 up to, not including, 1; a seeded one makes the picks repeatable. @default Math.random */
  random?: (() => number) | undefined;
}

/**
 * Checks a balancer's options and gives its source of lots.
 * @param rules the options it takes besides `random`
 * @throws InvalidOptionError for an unknown option or a value that is not allowed
 */
export function resolveRandom(options: DrawOptions, rules: Record<string, OptionRule> = {}): () => number {
  checkOptions('options', options, { random: functionRule, ...rules });
  return options.random ?? Math.random;
}
