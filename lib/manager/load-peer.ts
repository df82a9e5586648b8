import { ServiceSetupError } from './errors.js';

/**
 * Loads what only some services need.
 * @param packages the packages it needs
 * @throws ServiceSetupError that names the package to install when one is missing
 */
export async function loadPeer<T>(
  what: string,
  packages: readonly string[],
  load: () => Promise<T>,
): Promise<T> {
  try {
    return await load();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const missing = packages.find((name) => message.includes(`'${name}'`));
    if (code !== 'ERR_MODULE_NOT_FOUND' || missing === undefined) throw error;
    const noun = packages.length === 1 ? 'package' : 'packages';
    throw new ServiceSetupError(
      `${what} needs the ${noun} ${packages.map((name) => `'${name}'`).join(', ')}: npm install ${packages.join(' ')}`,
      error,
    );
  }
}
