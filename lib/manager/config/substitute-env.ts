import type { ConfigIssue } from './config-error.js';

/** A config with its variables filled in. */
export interface Substituted {
  readonly value: unknown;
  /** By path: the text as it stood in the config. Messages show it instead of what it stands for. */
  readonly originals: ReadonlyMap<string, string>;
  /** Variables that are not set. */
  readonly issues: readonly ConfigIssue[];
}

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

  const inText = (text: string, path: string): string => {
    const filled = text.replace(
      VARIABLE,
      (whole, escaped: string | undefined, name: string, fallback?: string) => {
        if (escaped !== undefined) return whole.slice(1);
        const value = env[name] ?? fallback;
        if (value === undefined) {
          issues.push({
            path,
            message: `the environment variable '${name}' is not set; '\${${name}:-...}' has a default`,
          });
        }
        return value ?? '';
      },
    );
    if (filled !== text) originals.set(path, text);
    return filled;
  };
  const inValue = (value: unknown, path: string): unknown => {
    if (typeof value === 'string') return inText(value, path);
    if (Array.isArray(value)) return value.map((entry, i) => inValue(entry, `${path}[${i}]`));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, entry]) => [
        name,
        inValue(entry, path === '' ? name : `${path}.${name}`),
      ]),
    );
  };
  return { value: inValue(config, ''), originals, issues };
}
