import type { z } from 'zod';
import { bare, defOf, matchingShapes } from './schema-walk.js';

/** Stands where a part of a config is wrong by itself, which is told elsewhere. */
export const WRONG = Symbol('wrong');

/** A config of which any part may be wrong by itself. */
export type Sound<T> =
  | typeof WRONG
  | (T extends readonly (infer Entry)[]
      ? readonly Sound<Entry>[]
      : T extends object
        ? { readonly [K in keyof T]: Sound<T[K]> }
        : T);

/** A section of which every part may be wrong, but which is one. */
export type SoundObject<T> = Exclude<Sound<T>, typeof WRONG>;

/**
 * Reads a config as its schema does, but keeps what is right when something in it is wrong. Lists keep their places;
 * names that the schema does not know are left out.
 */
export function soundParts<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
): Sound<z.output<Schema>> {
  return partsOf(schema, value) as Sound<z.output<Schema>>;
}

function partsOf(schema: z.ZodType, value: unknown): unknown {
  const whole = schema.safeParse(value);
  if (whole.success) return whole.data;
  if (typeof value !== 'object' || value === null) return WRONG;
  const def = defOf(bare(schema));
  if (def.type === 'array') {
    return Array.isArray(value) ? value.map((entry) => partsOf(def.element!, entry)) : WRONG;
  }
  if (Array.isArray(value)) return WRONG;
  const given = value as Readonly<Record<string, unknown>>;
  if (def.type === 'record') {
    return fromEntries(Object.keys(given).map((name) => [name, partsOf(def.valueType!, given[name])]));
  }
  const [shape, ...others] = matchingShapes(schema, value);
  if (shape === undefined || others.length > 0) return WRONG;
  return fromEntries(Object.entries(shape).map(([name, field]) => [name, partsOf(field, given[name])]));
}

const fromEntries = (entries: [name: string, part: unknown][]): unknown => Object.fromEntries(entries);

/** What a section says when nothing is wrong with it but names that nobody knows. */
export function readSection<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
): z.output<Schema> | undefined {
  const { success, data, error } = schema.safeParse(value);
  if (success) return data;
  const isSound = error.issues.every(({ code }) => code === 'unrecognized_keys');
  return isSound ? (partsOf(schema, value) as z.output<Schema>) : undefined;
}
