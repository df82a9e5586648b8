import { createRequire } from 'node:module';
import { CliError } from './exit-codes.js';

const require = createRequire(import.meta.url);

/** A package that a command needs is not installed. */
export class MissingPackagesError extends CliError {
  constructor(what: string, missing: readonly string[], hint = '') {
    const names = missing.map((name) => `'${name}'`).join(', ');
    const noun = missing.length === 1 ? 'the package' : 'the packages';
    super(`${what} needs ${noun} ${names}: npm install ${missing.join(' ')}${hint}`);
  }
}

/**
 * Looks for all packages that a command needs before it starts, to name every missing one at once.
 * @param hint what else could be done, appended to the message
 * @throws MissingPackagesError
 */
export function requirePackages(what: string, names: readonly string[], hint?: string): void {
  const missing = names.filter((name) => !isInstalled(name));
  if (missing.length > 0) throw new MissingPackagesError(what, missing, hint);
}

/** The package that an import did not find; undefined for every other error. */
export function missingPackageOf(error: unknown): string | undefined {
  const { code, message } = error as Partial<NodeJS.ErrnoException>;
  if (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'MODULE_NOT_FOUND') return undefined;
  return /Cannot find (?:package|module) '(?<name>(?:@[^/']+\/)?[^./'][^/']*)/.exec(message ?? '')?.groups
    ?.name;
}

function isInstalled(name: string): boolean {
  try {
    require.resolve(name);
    return true;
  } catch (error) {
    return missingPackageOf(error) === undefined;
  }
}
