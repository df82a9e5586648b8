import type { z } from 'zod';

type Def = {
  type: string;
  innerType?: z.ZodType;
  in?: z.ZodType;
  valueType?: z.ZodType;
  element?: z.ZodType;
  options?: z.ZodType[];
  shape?: Record<string, z.ZodType>;
  values?: unknown[];
  defaultValue?: unknown;
};

/** What a schema is made of. */
export function defOf(schema: z.ZodType): Def {
  return schema.def as unknown as Def;
}

/** The schema inside defaults, optionals and transforms. */
export function bare(schema: z.ZodType): z.ZodType {
  const def = defOf(schema);
  const inner = def.innerType ?? (def.type === 'pipe' ? def.in : undefined);
  return inner === undefined ? schema : bare(inner);
}

/** The object schemas that a place may hold, with the discriminating value of each where there are several. */
export function shapesOf(schema: z.ZodType): Record<string, z.ZodType>[] {
  const def = defOf(bare(schema));
  if (def.type === 'object') return [def.shape ?? {}];
  if (def.type === 'union') return (def.options ?? []).flatMap(shapesOf);
  return [];
}

/** The value of `type` that a shape is for, when it is one of several. */
export function typeOf(shape: Record<string, z.ZodType>): unknown {
  return shape.type === undefined ? undefined : defOf(bare(shape.type)).values?.[0];
}

/** The names that are known at a path of a config. */
export function knownNames(schema: z.ZodType, path: readonly PropertyKey[], value: unknown): string[] {
  const [step, ...rest] = path;
  const def = defOf(bare(schema));
  if (step !== undefined) {
    const inside = (value as Record<PropertyKey, unknown> | undefined)?.[step];
    if (def.type === 'record') return knownNames(def.valueType!, rest, inside);
    if (def.type === 'array') return knownNames(def.element!, rest, inside);
    return matching(schema, value).flatMap((shape) => {
      const next = shape[String(step)];
      return next === undefined ? [] : knownNames(next, rest, inside);
    });
  }
  return matching(schema, value).flatMap((shape) => Object.keys(shape));
}

/** Of several shapes, the one that the value says it has; else all. */
function matching(schema: z.ZodType, value: unknown): Record<string, z.ZodType>[] {
  const shapes = shapesOf(schema);
  const type = (value as { type?: unknown } | undefined)?.type;
  const named = shapes.filter((shape) => typeOf(shape) === type);
  return named.length > 0 ? named : shapes;
}
