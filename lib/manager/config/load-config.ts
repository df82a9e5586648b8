import { readFile } from 'node:fs/promises';
import { describeError } from '../../pool/errors.js';
import { ConfigError } from './config-error.js';
import { describeIssues } from './config-issues.js';
import { crossCheck } from './cross-check.js';
import { parseText } from './parse-text.js';
import { configSchema, type ManagerConfig, type ManagerConfigInput } from './schema.js';
import { substituteEnv } from './substitute-env.js';

/** Where a config comes from. */
export interface ConfigSource {
  /** Named in errors; its extension says what the text is. */
  readonly file?: string | undefined;
  /** What `${NAME}` is looked up in. @default process.env */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Changes the config before it is checked. */
  readonly adjust?: ((config: ManagerConfigInput) => ManagerConfigInput) | undefined;
}

/**
 * Reads and checks a config file, YAML or JSON by its extension (.yaml, .yml, .json).
 * @throws ConfigError
 */
export async function loadConfig(
  file: string,
  source: Omit<ConfigSource, 'file'> = {},
): Promise<ManagerConfig> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new ConfigError(file, [{ path: '', message: `cannot be read: ${describeError(error)}` }], error);
  }
  return parseConfig(text, { ...source, file });
}

/**
 * Parses and checks a config; without a file name, or with one that ends in .yaml or .yml, it is YAML.
 * @throws ConfigError
 */
export async function parseConfig(text: string, source: ConfigSource = {}): Promise<ManagerConfig> {
  let parsed: unknown;
  try {
    parsed = await parseText(text, source.file);
  } catch (error) {
    throw new ConfigError(source.file, [{ path: '', message: describeError(error) }], error);
  }
  return resolveConfig(parsed, source);
}

/**
 * Checks a config that came as an object, fills in its variables and defaults and turns durations into ms. The
 * object is left alone.
 * @throws ConfigError
 */
export function resolveConfig(config: unknown, source: ConfigSource = {}): ManagerConfig {
  const isObject = typeof config === 'object' && config !== null && !Array.isArray(config);
  const adjusted =
    isObject && source.adjust !== undefined ? source.adjust(config as ManagerConfigInput) : config;
  const { value, originals, issues } = substituteEnv(adjusted, source.env ?? process.env);
  const result = configSchema.safeParse(value);
  const wrong = result.success ? [] : describeIssues(configSchema, value, result.error.issues, originals);
  const unset = new Set(issues.map(({ path }) => path));
  const all = [
    ...issues,
    ...wrong.filter(({ path }) => !unset.has(path)),
    ...(result.success ? crossCheck(result.data) : []),
  ];
  if (!result.success || all.length > 0) throw new ConfigError(source.file, all);
  return result.data;
}
