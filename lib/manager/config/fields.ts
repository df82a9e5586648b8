import { z } from 'zod';
import { DURATION_ALLOWED, parseDuration } from './duration.js';

/** What the reference table says of a field. */
export interface FieldNote {
  /** What it may be; ends the sentence "must be ...". */
  readonly allowed: string;
  /** What it does. */
  readonly description: string;
}

/** What the fields' notes are, by schema. */
export const fieldNotes: z.core.$ZodRegistry<FieldNote> = z.registry<FieldNote>();

/** A value that is taken as it is. */
export function field<T>(allowed: string, description: string, accepts: (value: unknown) => boolean) {
  return z.custom<T>(accepts, { error: `must be ${allowed}` }).register(fieldNotes, { allowed, description });
}

/** Longest time of any setting: a hundred years. Deadlines much further away are no dates any more. */
const LONGEST = '36500d';

/** A time, given in ms or with a unit; read as ms. */
export const duration = (description: string) =>
  time('a time', DURATION_ALLOWED, description, (ms) => ms >= 0, LONGEST);

/** A time above 0. */
export const interval = (description: string, most = LONGEST) =>
  time('a time above 0', `above 0: ${DURATION_ALLOWED}`, description, (ms) => ms > 0, most);

function time(
  kind: string,
  allowed: string,
  description: string,
  accepts: (ms: number) => boolean,
  most: string,
) {
  const mostMs = parseDuration(most)!;
  const isTooLong = (value: unknown) => (parseDuration(value) ?? 0) > mostMs;
  return z
    .custom<number | string>(
      (value) => {
        const ms = parseDuration(value);
        return ms !== undefined && accepts(ms) && ms <= mostMs;
      },
      { error: ({ input }) => `must be ${isTooLong(input) ? `at most ${most}` : allowed}` },
    )
    .transform((value) => parseDuration(value)!)
    .register(fieldNotes, {
      allowed: most === LONGEST ? kind : `${kind}, at most ${most}`,
      description,
    });
}

export const integer = (from: number, description: string, to = Number.MAX_SAFE_INTEGER) =>
  field<number>(
    to === Number.MAX_SAFE_INTEGER ? `an integer from ${from}` : `an integer from ${from} to ${to}`,
    description,
    (v) => Number.isSafeInteger(v) && (v as number) >= from && (v as number) <= to,
  );

export const text = (description: string) =>
  field<string>('a non-empty string', description, (v) => typeof v === 'string' && v !== '');

/** A text that may be empty. */
export const name = (description: string) =>
  field<string>('a string', description, (v) => typeof v === 'string');

/** The path of a file; not what is in it. */
export const path = (description: string) =>
  field<string>(
    'the path of a file',
    description,
    (v) => typeof v === 'string' && v !== '' && !/[\r\n]|-----BEGIN/.test(v),
  );

export const flag = (description: string) =>
  field<boolean>('true or false', description, (v) => typeof v === 'boolean');

export const share = (description: string) =>
  field<number>('a number from 0 to 1', description, (v) => typeof v === 'number' && v >= 0 && v <= 1);

export const texts = (description: string, least = 0) =>
  field<string[]>(
    `a list of non-empty strings${least === 0 ? '' : `, at least ${least}`}`,
    description,
    (v) =>
      Array.isArray(v) && v.length >= least && v.every((entry) => typeof entry === 'string' && entry !== ''),
  );

export const oneOf = <const T extends string>(values: readonly T[], description: string) =>
  field<T>(
    `one of ${values.join(', ')}`,
    description,
    (v) => typeof v === 'string' && (values as readonly string[]).includes(v),
  );

/** A section that can be switched off. */
export const orFalse = <T extends z.ZodType>(section: T) => z.union([z.literal(false), section]);
