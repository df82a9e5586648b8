import type { ConfigIssue } from './config-error.js';
import { stepInto } from './config-path.js';

/** A config with its variables filled in. */
export interface Substituted {
  /** Free of circles; what an issue is about stands as {@link UNUSABLE}. */
  readonly value: unknown;
  /** By path: the text as it stood in the config. Messages show it instead of what it stands for. */
  readonly originals: ReadonlyMap<string, string>;
  /** Variables that are not set, and what no config can hold. */
  readonly issues: readonly ConfigIssue[];
}

/** Stands where a config has nothing that could be checked; every schema refuses it. */
const UNUSABLE = Symbol('unusable');

/** More levels than any config needs, and far fewer than the stack of calls holds. */
const MOST_LEVELS = 20;

const VARIABLE = /\$(\$)?\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/g;

/**
 * Fills in `${NAME}` and `${NAME:-default}` from the environment, in every string of a config; `$${NAME}` stands for
 * the text `${NAME}` itself. So secrets need not be in the file.
 */
export function substituteEnv(
  config: unknown,
  env: Readonly<Record<string, string | undefined>>,
): Substituted {
  const originals = new Map<string, string>();
  const issues: ConfigIssue[] = [];
  /** The objects that the value in hand stands in, and where those stand. */
  const around = new Map<object, string>();

  const refuse = (path: string, message: string) => {
    issues.push({ path, message });
    return UNUSABLE;
  };
  const inText = (text: string, path: string): unknown => {
    const unset = new Set<string>();
    const filled = text.replace(
      VARIABLE,
      (whole, escaped: string | undefined, name: string, fallback?: string) => {
        if (escaped !== undefined) return whole.slice(1);
        const value = env[name] ?? fallback;
        if (value === undefined) unset.add(name);
        return value ?? '';
      },
    );
    for (const name of unset) {
      refuse(path, `the environment variable '${name}' is not set; '\${${name}:-...}' has a default`);
    }
    if (unset.size > 0) return UNUSABLE;
    if (filled !== text) originals.set(path, text);
    return filled;
  };
  const inObject = (value: object, path: string): unknown => {
    if (Array.isArray(value)) return value.map((entry, i) => inValue(entry, stepInto(path, i)));
    return Object.fromEntries(
      Object.entries(value).map(([name, entry]) => [name, inValue(entry, stepInto(path, name))]),
    );
  };
  const inValue = (value: unknown, path: string): unknown => {
    if (typeof value === 'string') return inText(value, path);
    if (typeof value !== 'object' || value === null) return value;
    const kind = kindOf(value);
    if (kind !== 'Object' && kind !== 'Array') return refuse(path, `must not be a ${kind}`);
    const self = around.get(value);
    if (self !== undefined)
      return refuse(
        path,
        `must not contain itself: this is ${self === '' ? 'the whole config' : self} again`,
      );
    if (around.size === MOST_LEVELS)
      return refuse(path, `must be nested less deeply: a config has at most ${MOST_LEVELS} levels`);
    around.set(value, path);
    const filled = inObject(value, path);
    around.delete(value);
    return filled;
  };
  return { value: inValue(config, ''), originals, issues };
}

/** `Object`, `Array`, or what else YAML's tags and code can make: `Set`, `Date`. */
function kindOf(value: object): string {
  return Object.prototype.toString.call(value).slice('[object '.length, -1);
}
