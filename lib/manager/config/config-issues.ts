import type { z } from 'zod';
import { isObject } from '../../pool/check-options.js';
import { describeValue } from '../../pool/errors.js';
import { nearestName } from '../../pool/nearest-name.js';
import type { ConfigIssue } from './config-error.js';
import { pathText, shown } from './config-path.js';
import { isSecret } from './redact.js';
import { shapesAt, shapesOf } from './schema-walk.js';

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/** What zod says when a schema has no message of its own. */
const ZODS_OWN = /^(?:Invalid|Unrecognized)/;

/**
 * Says what is wrong with a config: where, what is allowed and what was found.
 * @param issues with their `input` (zod's option `reportInput`)
 * @param originals the text of values that came from the environment: it is shown, they are not
 */
export function describeIssues(
  schema: z.ZodType,
  config: unknown,
  issues: readonly Issue[],
  originals: ReadonlyMap<string, string>,
): ConfigIssue[] {
  const describe = (issue: Issue, base: Path): ConfigIssue[] => {
    const path = [...base, ...issue.path];
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((name) => unknownName(schema, config, path, name));
    }
    const input = inputOf(issue);
    if (issue.code === 'invalid_union' && issue.errors.length > 0) {
      // A section that may be `false`: what is wrong is wrong with the section, unless it is none at all.
      if (isObject(input)) {
        return (issue.errors.at(-1) ?? []).flatMap((inner) => describe(inner, path));
      }
      const message = `must be false, or an object ({} = with its defaults), got ${found(path, input, originals)}`;
      return [{ path: pathText(path), message }];
    }
    const message = `${allowed(issue)}, got ${found(path, input, originals)}`;
    return [{ path: pathText(path), message: `${message}${noteOn(message, path, originals)}` }];
  };
  return issues.flatMap((issue) => describe(issue, []));
}

/** The value that an issue is about; where the type of a section is wrong, zod names the section. */
function inputOf(issue: Issue): unknown {
  if (issue.code !== 'invalid_union' || issue.errors.length > 0) return issue.input;
  return (issue.input as Readonly<Record<PropertyKey, unknown>>)[issue.path.at(-1)!];
}

function allowed(issue: Issue): string {
  if (issue.code === 'invalid_union' && issue.errors.length === 0)
    return issue.message.replace(/^.*Expected /, 'must be one of ').replaceAll(' | ', ', ');
  if (issue.code === 'invalid_type' && ZODS_OWN.test(issue.message)) return 'must be an object';
  return issue.message;
}

/** Who writes a variable where a number is needed has to learn why that cannot be. */
function noteOn(message: string, path: Path, originals: ReadonlyMap<string, string>): string {
  const isText = !/^must be (?:an integer|a finite number|a number from|true or false)/.test(message);
  return isText || originalOf(path, originals) === undefined ? '' : ': variables make texts, nothing else';
}

function found(path: Path, value: unknown, originals: ReadonlyMap<string, string>): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'nothing (null)';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  const original = originalOf(path, originals);
  if (original !== undefined) return shown(describeValue(original));
  if (typeof value === 'object') return 'an object';
  return isSecret(path, value) ? `a value that is not shown (${typeof value})` : shown(describeValue(value));
}

/** What stood in the config for a value, or for the text that the value is a part of. */
function originalOf(path: Path, originals: ReadonlyMap<string, string>): string | undefined {
  return originals.get(pathText(path)) ?? originals.get(pathText(path.slice(0, -1)));
}

/** Puts what stood in the config where a message quotes what it stands for. */
export function quoteOriginals(
  issues: readonly ConfigIssue[],
  originals: ReadonlyMap<string, string>,
): ConfigIssue[] {
  return issues.map((issue) => {
    const original = originals.get(issue.path) ?? originals.get(issue.path.replace(/\.[^.]*$/, ''));
    if (original === undefined) return issue;
    return {
      ...issue,
      message: issue.message.replace(/, got .*$/s, `, got ${shown(describeValue(original))}`),
    };
  });
}

function unknownName(schema: z.ZodType, config: unknown, path: Path, name: string): ConfigIssue {
  const shapes = shapesAt(schema, path, config);
  const known = shapes.flatMap((shape) => Object.keys(shape));
  const nearest = nearestName(name, known) ?? sectionsWith(name, shapes)[0];
  const hint = nearest === undefined ? `known: ${known.join(', ')}` : `did you mean '${nearest}'?`;
  return { path: pathText([...path, name]), message: `there is no such setting (${hint})` };
}

/** Where a name would be known, one level down: `pool.maxActive`. */
function sectionsWith(name: string, shapes: readonly Record<string, z.ZodType>[]): string[] {
  return shapes.flatMap((shape) =>
    Object.entries(shape)
      .filter(([, field]) => shapesOf(field).some((inner) => Object.hasOwn(inner, name)))
      .map(([section]) => `${section}.${name}`),
  );
}
