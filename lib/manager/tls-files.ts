import { createHash, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { createSecureContext } from 'node:tls';
import { describeError } from '../pool/errors.js';
import type { ServiceConfig } from './config/schema.js';
import type { TlsConfig } from './config/tls-schema.js';
import { ServiceSetupError } from './errors.js';

/** TLS settings with their files read. */
export interface TlsMaterial {
  readonly ca: Buffer | undefined;
  readonly cert: Buffer | undefined;
  readonly key: Buffer | undefined;
  readonly serverName: string | undefined;
  readonly skipVerify: boolean;
}

/**
 * Reads the files of a TLS section, and sees to it that they are certificates and a key that fit together.
 * @param folder what relative paths start from
 * @param section what the section is called in errors
 * @throws ServiceSetupError
 */
export async function readTlsFiles(
  tls: TlsConfig,
  folder: string,
  section: 'tls' | 'discovery.tls' = 'tls',
): Promise<TlsMaterial> {
  const read = async (name: 'ca' | 'cert' | 'key') => {
    const file = tls[name];
    if (file === undefined) return undefined;
    try {
      return await readFile(resolve(folder, file));
    } catch (error) {
      throw new ServiceSetupError(`${section}.${name} cannot be read: ${describeError(error)}`, error);
    }
  };
  const [ca, cert, key] = await Promise.all([read('ca'), read('cert'), read('key')]);
  for (const [name, file] of Object.entries({ ca, cert })) {
    if (file !== undefined && !isCertificate(file)) {
      throw new ServiceSetupError(
        `${section}.${name}: there is no certificate in ${resolve(folder, tls[name as 'ca' | 'cert']!)}`,
      );
    }
  }
  try {
    createSecureContext({ ca, cert, key });
  } catch (error) {
    throw new ServiceSetupError(
      `${section}: these are no certificates and key that fit together: ${describeError(error)}`,
      error,
    );
  }
  return { ca, cert, key, serverName: tls.serverName, skipVerify: tls.skipVerify };
}

/** Whether it begins with one: what is none would be passed over in silence, and no server trusted. */
function isCertificate(file: Buffer): boolean {
  try {
    new X509Certificate(file);
    return true;
  } catch {
    return false;
  }
}

/** Stands for what the TLS files of a service say now, those of its discovery included; none also when they are gone. */
export async function digestOfTlsFiles(
  { tls, discovery }: ServiceConfig,
  folder: string,
): Promise<string | undefined> {
  const sections = [tls === false ? undefined : tls, 'tls' in discovery ? discovery.tls : undefined];
  const files = sections.flatMap((section) => [section?.ca, section?.cert, section?.key]);
  const hash = createHash('sha256');
  for (const file of files) {
    const text = file === undefined ? '' : await readFile(resolve(folder, file)).catch(() => undefined);
    if (text === undefined) return undefined;
    hash.update(text).update('\0');
  }
  return hash.digest('hex');
}

/** What `tls.connect` takes. */
export function socketTls({ ca, cert, key, serverName, skipVerify }: TlsMaterial): Record<string, unknown> {
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(serverName === undefined ? {} : { servername: serverName }),
    rejectUnauthorized: !skipVerify,
  };
}
