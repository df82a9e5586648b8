import { InvalidOptionError } from './errors.js';
import { nearestName } from './nearest-name.js';

/** What one option may be. */
export interface OptionRule {
  /** Ends the sentence "must be ...". */
  readonly allowed: string;
  accepts(value: unknown): boolean;
  /** Whether it has no default. */
  readonly required?: boolean;
}

/** A finite number of ms from 0. */
export const delayRule: OptionRule = {
  allowed: 'a finite number of ms from 0',
  accepts: (v) => Number.isFinite(v) && (v as number) >= 0,
};

/** A number of ms from 0, or Infinity. */
export const waitRule: OptionRule = {
  allowed: 'a number of ms from 0 (never wait), or Infinity',
  accepts: (v) => typeof v === 'number' && v >= 0,
};

/** A finite number above 0. */
export const aboveZeroRule: OptionRule = {
  allowed: 'a finite number above 0',
  accepts: (v) => Number.isFinite(v) && (v as number) > 0,
};

/** An integer from `from` up to `to`, without Infinity. */
export const integerRule = (from: number, to = Infinity): OptionRule => ({
  allowed: `an integer from ${from}${to === Infinity ? '' : ` to ${to}`}`,
  accepts: (v) => Number.isSafeInteger(v) && (v as number) >= from && (v as number) <= to,
});

/** A TCP port. */
export const portRule: OptionRule = integerRule(1, 65_535);

/** An integer from `from`, or Infinity. */
export const countRule = (from: number): OptionRule => ({
  allowed: `an integer from ${from}, or Infinity`,
  accepts: (v) => v === Infinity || (Number.isSafeInteger(v) && (v as number) >= from),
});

/** A number of ms above 0, or Infinity. */
export const limitRule: OptionRule = {
  allowed: 'a number of ms above 0, or Infinity',
  accepts: (v) => typeof v === 'number' && v > 0,
};

/** A string that says something. */
export const textRule: OptionRule = {
  allowed: 'a non-empty string',
  accepts: (v) => typeof v === 'string' && v !== '',
};

/** A boolean. */
export const flagRule: OptionRule = { allowed: 'true or false', accepts: (v) => typeof v === 'boolean' };

/** A function. */
export const functionRule: OptionRule = { allowed: 'a function', accepts: (v) => typeof v === 'function' };

/** Whether a value is an object that is no list. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An object that is no list. */
export const objectRule = (allowed: string): OptionRule => ({ allowed, accepts: isObject });

/** A list of strings that each say something. */
export const textListRule: OptionRule = {
  allowed: 'a list of non-empty strings',
  accepts: (v) => Array.isArray(v) && v.every((text) => textRule.accepts(text)),
};

/** The same rule for an option that has no default. */
export const required = (rule: OptionRule): OptionRule => ({ ...rule, required: true });

/**
 * Checks an options object early and by name. Nothing is coerced; an option that is `undefined` counts as left out.
 * @param name what the object is called in the error when it is not an object at all
 * @throws InvalidOptionError for an unknown option, a missing one or a value that is not allowed
 */
export function checkOptions(
  name: string,
  options: unknown,
  rules: Readonly<Record<string, OptionRule>>,
): void {
  if (typeof options !== 'object' || options === null)
    throw new InvalidOptionError(name, options, 'an object');
  for (const [option, value] of Object.entries(options)) {
    if (!Object.hasOwn(rules, option)) {
      throw unknownOption(option, value, Object.keys(rules));
    }
  }
  for (const [option, rule] of Object.entries(rules)) {
    const value = (options as Record<string, unknown>)[option];
    if (value === undefined ? rule.required === true : !rule.accepts(value)) {
      throw new InvalidOptionError(option, value, rule.allowed);
    }
  }
}

/** The error for an option that nobody knows. */
export function unknownOption(name: string, value: unknown, known: readonly string[]): InvalidOptionError {
  const nearest = nearestName(name, known);
  const hint = nearest === undefined ? '' : ` (did you mean '${nearest}'?)`;
  return new InvalidOptionError(
    name,
    value,
    `left out: there is no such option${hint}. Known: ${known.join(', ')}`,
  );
}
