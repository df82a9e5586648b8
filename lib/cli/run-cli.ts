import { readFileSync } from 'node:fs';
import { describeError } from '../pool/errors.js';
import { CliError, EXIT } from './exit-codes.js';
import { MissingPackagesError, missingPackageOf } from './required-packages.js';

/**
 * Runs the command line and gives its exit code.
 * @param args without the names of the program
 */
export async function runCli(args: readonly string[]): Promise<number> {
  let commander: typeof import('commander');
  try {
    commander = await import('commander');
  } catch {
    console.error(new MissingPackagesError('connpool', ['commander']).message);
    return EXIT.trouble;
  }
  const { buildProgram } = await import('./program.js');
  let exitCode: number = EXIT.ok;
  const program = buildProgram(version(), (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof commander.CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.trouble;
    const missing = missingPackageOf(error);
    const told = missing === undefined ? error : new MissingPackagesError('this command', [missing]);
    console.error(`connpool: ${describeError(told)}`);
    return told instanceof CliError ? told.exitCode : EXIT.trouble;
  }
}

function version(): string {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  return version;
}
