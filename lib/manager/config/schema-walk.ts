import type { z } from 'zod';

type Def = {
  type: string;
  innerType?: z.ZodType;
  in?: z.ZodType;
  out?: z.ZodType;
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
  if (def.innerType !== undefined) return bare(def.innerType);
  if (def.type !== 'pipe') return schema;
  // What comes before a schema is a transform, what comes after one too.
  return bare(defOf(def.in!).type === 'transform' ? def.out! : def.in!);
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

/** The object schemas that the place at a path of a config may hold. */
export function shapesAt(
  schema: z.ZodType,
  path: readonly PropertyKey[],
  value: unknown,
): Record<string, z.ZodType>[] {
  const [step, ...rest] = path;
  if (step === undefined) return matchingShapes(schema, value);
  const def = defOf(bare(schema));
  const inside = (value as Record<PropertyKey, unknown> | undefined)?.[step];
  if (def.type === 'record') return shapesAt(def.valueType!, rest, inside);
  if (def.type === 'array') return shapesAt(def.element!, rest, inside);
  return matchingShapes(schema, value).flatMap((shape) => {
    const next = shape[String(step)];
    return next === undefined ? [] : shapesAt(next, rest, inside);
  });
}

/** Of several shapes, the one that the value says it has; else all. */
export function matchingShapes(schema: z.ZodType, value: unknown): Record<string, z.ZodType>[] {
  const shapes = shapesOf(schema);
  const type = (value as { type?: unknown } | undefined)?.type;
  const named = shapes.filter((shape) => typeOf(shape) === type);
  return named.length > 0 ? named : shapes;
}
