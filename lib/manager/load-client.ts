import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describeError } from '../pool/errors.js';
import type { ServiceConfig } from './config/schema.js';
import { ServiceSetupError } from './errors.js';

/**
 * Loads the generated client or service that a config names.
 * @throws ServiceSetupError
 */
export async function loadClient(
  config: NonNullable<ServiceConfig['client']>,
  folder: string,
): Promise<unknown> {
  let loaded: Record<string, unknown>;
  try {
    loaded = await import(pathToFileURL(resolve(folder, config.module)).href);
  } catch (error) {
    throw new ServiceSetupError(`client.module cannot be loaded: ${describeError(error)}`, error);
  }
  if (config.export === undefined) return loaded.default ?? loaded;
  const found =
    loaded[config.export] ?? (loaded.default as Record<string, unknown> | undefined)?.[config.export];
  if (found !== undefined) return found;
  const names = Object.keys(loaded).join(', ');
  throw new ServiceSetupError(
    `client.export: '${config.module}' has no export '${config.export}' (it has: ${names})`,
  );
}
