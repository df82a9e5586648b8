import type { ConfigIssue } from './config-error.js';
import { type Sound, WRONG } from './sound-parts.js';
import type { TlsConfig } from './tls-schema.js';

/**
 * What contradicts itself in a TLS section.
 * @param path of the section
 */
export function checkTls(tls: Sound<TlsConfig> | false | undefined, path: string): ConfigIssue[] {
  if (tls === WRONG || tls === false || tls === undefined) return [];
  if ((tls.cert === undefined) === (tls.key === undefined)) return [];
  const [missing, given] = tls.cert === undefined ? ['cert', 'key'] : ['key', 'cert'];
  return [{ path: `${path}.${missing}`, message: `must be given, because ${given} is` }];
}
