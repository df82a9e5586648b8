import assert from 'node:assert/strict';
import { ConfigError } from '../../../lib/manager/config/config-error.js';
import { resolveConfig } from '../../../lib/manager/config/load-config.js';

/** What is wrong with a config, each as `path: message`; nothing when it is taken. */
export function faultsOf(config: unknown, env: Record<string, string> = {}): string[] {
  try {
    resolveConfig(config, { env });
    return [];
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    assert.equal(error.code, 'ERR_CONFIG');
    return error.issues.map(({ path, message }) => `${path}: ${message}`);
  }
}

/** Where they are. */
export function faultyPaths(config: unknown): string[] {
  return faultsOf(config).map((fault) => fault.slice(0, fault.indexOf(': ')));
}
