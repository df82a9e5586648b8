// npm run docs:config: writes the table of every setting into docs/config.md, from the schema that checks configs.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { z } from 'zod';
import { parseDuration } from '../lib/manager/config/duration.js';
import { type FieldNote, fieldNotes } from '../lib/manager/config/fields.js';
import { configSchema } from '../lib/manager/config/schema.js';
import { bare, defOf, shapesOf, typeOf } from '../lib/manager/config/schema-walk.js';

const BEGIN = '<!-- settings: written by npm run docs:config -->';
const END = '<!-- end of settings -->';
const file = fileURLToPath(new URL('../docs/config.md', import.meta.url));

/** The page with the table in it as the schema has it now. */
export function withReference(page: string): string {
  const [before, rest] = page.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined)
    throw new Error(`docs/config.md needs '${BEGIN}' and '${END}'`);
  const table = [
    '| setting | default | allowed | what it does |',
    '| --- | --- | --- | --- |',
    ...rows(configSchema, ''),
  ];
  return `${before}${BEGIN}\n\n${table.join('\n')}\n\n${END}${after}`;
}

function rows(schema: z.ZodType, path: string): string[] {
  const inner = bare(schema);
  const { type, valueType, element } = defOf(inner);
  if (type === 'record') return rows(valueType!, `${path}.<name>`);
  const note = fieldNotes.get(schema) ?? fieldNotes.get(inner) ?? noteOf(schema);
  if (type === 'array' && note !== undefined)
    return [row(path, schema, note), ...rows(element!, `${path}[]`)];
  const shapes = shapesOf(schema);
  if (shapes.length === 0) return note === undefined ? [] : [row(path, schema, note)];
  const types = shapes.map(typeOf).filter((value) => value !== undefined);
  const choice = { allowed: `one of ${types.join(', ')}`, description: note?.description ?? '' };
  return [
    ...(types.length === 0 ? [] : [row(`${path}.type`, schema, choice)]),
    ...shapes.flatMap((shape) => shapeRows(shape, path)),
  ];
}

function row(path: string, schema: z.ZodType, { allowed, description }: FieldNote): string {
  const cells = [`\`${path}\``, defaultOf(schema, allowed), allowed, description];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function shapeRows(shape: Record<string, z.ZodType>, path: string): string[] {
  const type = typeOf(shape);
  const base = type === undefined ? path : `${path}(${String(type)})`;
  return Object.entries(shape).flatMap(([name, field]) =>
    name === 'type' ? [] : rows(field, base === '' ? name : `${base}.${name}`),
  );
}

/** The note of what stands inside defaults and optionals. */
function noteOf(schema: z.ZodType): ReturnType<typeof fieldNotes.get> {
  const inner = defOf(schema).innerType;
  if (inner === undefined) return undefined;
  return fieldNotes.get(inner) ?? noteOf(inner);
}

function defaultOf(schema: z.ZodType, allowed: string): string {
  const { type, defaultValue } = defOf(schema);
  if (type !== 'default') return type === 'optional' ? '' : 'required';
  return `\`${allowed.startsWith('a time') ? timeText(defaultValue as number) : JSON.stringify(defaultValue)}\``;
}

/** A time as one would write it: `30s`. */
function timeText(ms: number): string {
  const unit = (['h', 'm', 's'] as const).find((name) => ms > 0 && ms % parseDuration(`1${name}`)! === 0);
  return unit === undefined ? String(ms) : `${ms / parseDuration(`1${unit}`)!}${unit}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  writeFileSync(file, withReference(readFileSync(file, 'utf8')));
