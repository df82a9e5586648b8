import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bounded } from '../pool/bounded.js';
import { Cancellation } from '../pool/cancellation.js';
import { describeError } from '../pool/errors.js';
import type { ServiceConfig } from './config/schema.js';
import { ServiceSetupError } from './errors.js';

/** A module that waits for something while it is loaded has so long for it, ms. */
const LOAD_MS = 30_000;

/**
 * Loads the generated client or service that a config names.
 * @param signal gives the load up; the module itself cannot be stopped
 * @throws ServiceSetupError, or the signal's reason
 */
export async function loadClient(
  config: NonNullable<ServiceConfig['client']>,
  folder: string,
  signal?: AbortSignal,
): Promise<unknown> {
  let loaded: Record<string, unknown>;
  try {
    loaded = await importWithin(pathToFileURL(resolve(folder, config.module)).href, signal);
  } catch (error) {
    if (signal?.aborted === true) throw signal.reason;
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

async function importWithin(url: string, signal: AbortSignal | undefined): Promise<Record<string, unknown>> {
  signal?.throwIfAborted();
  const cancellation = new Cancellation();
  const giveUp = () => cancellation.abort(signal?.reason);
  signal?.addEventListener('abort', giveUp);
  try {
    return await bounded<Record<string, unknown>>(() => import(url), {
      ms: LOAD_MS,
      keepAlive: true,
      cancellation,
      timeoutError: () => new Error(`it has not finished within ${LOAD_MS / 1_000} s`),
    });
  } finally {
    signal?.removeEventListener('abort', giveUp);
  }
}
