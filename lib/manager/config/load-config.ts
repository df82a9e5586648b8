import { readFile } from 'node:fs/promises';
import { isObject } from '../../pool/check-options.js';
import { describeError } from '../../pool/errors.js';
import { ConfigError, type ConfigIssue } from './config-error.js';
import { describeIssues, quoteOriginals } from './config-issues.js';
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
  /**
   * Changes the config before it is checked. When it throws a {@link ConfigError}, that is told together with what is
   * wrong with the config as it stands.
   */
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
    // A mark of the byte order is no part of the text.
    parsed = await parseText(text.replace(/^\uFEFF/, ''), source.file);
  } catch (error) {
    throw new ConfigError(source.file, [{ path: '', message: describeError(error) }], error);
  }
  return resolveConfig(parsed, source);
}

/**
 * Checks a config that came as an object, fills in its variables and defaults and turns durations into ms. The
 * object is left alone.
 * @throws ConfigError that tells everything that is wrong
 */
export function resolveConfig(config: unknown, source: ConfigSource = {}): ManagerConfig {
  const adjusted = adjust(config, source.adjust);
  const { value, originals, issues } = substituteEnv(adjusted.config, source.env ?? process.env);
  const result = configSchema.safeParse(value, { reportInput: true });
  const wrong = result.success ? [] : describeIssues(configSchema, value, result.error.issues, originals);
  // A list with something unusable in it is not what its field allows, which says nothing new.
  const unusable = new Set(issues.flatMap(({ path }) => [path, path.replace(/\[\d+\]$/, '')]));
  const all = [
    ...adjusted.issues,
    ...issues,
    ...wrong.filter(({ path }) => !unusable.has(path)),
    ...quoteOriginals(crossCheck(value), originals),
  ];
  if (!result.success || all.length > 0) throw new ConfigError(source.file, all);
  return result.data;
}

function adjust(
  config: unknown,
  change: ConfigSource['adjust'],
): { config: unknown; issues: readonly ConfigIssue[] } {
  if (!isObject(config) || change === undefined) return { config, issues: [] };
  try {
    return { config: change(config as ManagerConfigInput), issues: [] };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { config, issues: error.issues };
  }
}
