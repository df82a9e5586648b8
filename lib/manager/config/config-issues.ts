import type { z } from 'zod';
import { describeValue } from '../../pool/errors.js';
import { nearestName } from '../../pool/nearest-name.js';
import type { ConfigIssue } from './config-error.js';
import { isSecret } from './redact.js';
import { knownNames } from './schema-walk.js';

type Issue = z.core.$ZodIssue;

/**
 * Says what is wrong with a config: where, what is allowed and what was found.
 * @param originals the text of values that came from the environment: it is shown, they are not
 */
export function describeIssues(
  schema: z.ZodType,
  config: unknown,
  issues: readonly Issue[],
  originals: ReadonlyMap<string, string>,
): ConfigIssue[] {
  const describe = (issue: Issue, base: readonly PropertyKey[]): ConfigIssue[] => {
    const path = [...base, ...issue.path];
    const value = valueAt(config, path);
    if (issue.code === 'unrecognized_keys') {
      const known = knownNames(schema, path, config);
      return issue.keys.map((name) => unknownName([...path, name], name, known));
    }
    if (issue.code === 'invalid_union' && issue.errors.length > 0) {
      // A section that may be `false`: what is wrong is wrong with the section, unless it is none at all.
      if (typeof value === 'object' && value !== null) {
        return (issue.errors.at(-1) ?? []).flatMap((inner) => describe(inner, path));
      }
      return [{ path: textOf(path), message: `must be false or an object, got ${describeValue(value)}` }];
    }
    return [{ path: textOf(path), message: `${allowed(issue)}, got ${found(path, value)}` }];
  };
  const found = (path: readonly PropertyKey[], value: unknown) => {
    const original = originals.get(textOf(path));
    if (value === undefined) return 'nothing';
    return isSecret(path, value) ? 'a value that is not shown' : describeValue(original ?? value);
  };
  return issues.flatMap((issue) => describe(issue, []));
}

function allowed(issue: Issue): string {
  if (issue.code === 'invalid_type')
    return `must be ${issue.expected === 'object' || issue.expected === 'record' ? 'an object' : issue.expected}`;
  if (issue.code === 'invalid_union')
    return issue.message.replace(/^.*Expected /, 'must be one of ').replaceAll(' | ', ', ');
  return issue.message;
}

function unknownName(path: readonly PropertyKey[], name: string, known: readonly string[]): ConfigIssue {
  const nearest = nearestName(name, known);
  const hint = nearest === undefined ? `known: ${known.join(', ')}` : `did you mean '${nearest}'?`;
  return { path: textOf(path), message: `there is no such setting (${hint})` };
}

function valueAt(config: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, step) => (value as Record<PropertyKey, unknown> | null | undefined)?.[step],
    config,
  );
}

/** `services.users.endpoints[2]`. */
function textOf(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, step) =>
      typeof step === 'number' ? `${text}[${step}]` : text === '' ? String(step) : `${text}.${String(step)}`,
    '',
  );
}
