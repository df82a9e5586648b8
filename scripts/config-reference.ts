// npm run docs:config: writes the table of every setting into docs/config.md, from the schema that checks configs.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { z } from 'zod';
import { fieldNotes } from '../lib/manager/config/fields.js';
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
  if (defOf(inner).type === 'record') return rows(defOf(inner).valueType!, `${path}.<name>`);
  const shapes = shapesOf(schema);
  if (shapes.length > 0) return shapes.flatMap((shape) => shapeRows(shape, path));
  const note = fieldNotes.get(schema) ?? fieldNotes.get(inner) ?? noteOf(schema);
  if (note === undefined) return [];
  const cells = [`\`${path}\``, defaultOf(schema), note.allowed, note.description];
  return [`| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`];
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

function defaultOf(schema: z.ZodType): string {
  const def = defOf(schema);
  if (def.type === 'default') return `\`${JSON.stringify(def.defaultValue)}\``;
  return def.type === 'optional' ? '' : 'required';
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  writeFileSync(file, withReference(readFileSync(file, 'utf8')));
