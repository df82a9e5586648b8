import type { Command } from 'commander';
import { CliError, EXIT } from './exit-codes.js';

/** `connpool check`: whether a config can be used. */
export function addCheck(program: Command): void {
  program
    .command('check')
    .description('Check a config file without starting anything.')
    .argument('<file>', 'YAML or JSON')
    .option('--json', 'print the config as it would be used, secrets hidden')
    .addHelpText('after', '\nExample:\n  connpool check connpool.yaml')
    .action(async (file: string, { json }: { json?: boolean }) => {
      const { ConfigError, loadConfig } = await import('../manager/index.js');
      const { redact } = await import('../manager/config/redact.js');
      try {
        const config = await loadConfig(file);
        const names = Object.keys(config.services);
        console.log(
          json ? JSON.stringify(redact(config), null, 2) : `${file} can be used: ${describeServices(names)}`,
        );
      } catch (error) {
        throw error instanceof ConfigError ? new CliError(error.message, EXIT.bad) : error;
      }
    });
}

function describeServices(names: readonly string[]): string {
  if (names.length === 0) return 'no services';
  return `${names.length} ${names.length === 1 ? 'service' : 'services'} (${names.join(', ')})`;
}
