import { type Command, InvalidArgumentError } from 'commander';
import type { ReloadResult } from '../manager/manager-events.js';
import { describeError } from '../pool/errors.js';
import type { SetExitCode } from './exit-codes.js';
import { CliError, EXIT } from './exit-codes.js';
import { ServiceLog } from './service-log.js';

interface StartOptions {
  config: string;
  consulAddr?: string;
  port?: number;
}

/** `connpool start`: runs a manager until it is told to stop. */
export function addStart(program: Command, setExitCode: SetExitCode): void {
  program
    .command('start')
    .description(
      'Run the services of a config file, with metrics, health and dashboard, until SIGTERM or SIGINT.',
    )
    .option('-c, --config <file>', 'the config, YAML or JSON; followed while it runs, and on SIGHUP')
    .option(
      '--consul-addr <host:port>',
      'the Consul agent of every service that has its endpoints from Consul (one at least)',
    )
    .option('--port <number>', 'the port of the admin server', portNumber)
    .addHelpText('after', '\nExample:\n  connpool start -c connpool.yaml --consul-addr 127.0.0.1:8500')
    .action(async (options: StartOptions, command: Command) => {
      // Not a mandatory option of commander's, which would be missed before a mistyped one is found.
      if (options.config === undefined)
        command.error("error: required option '--config <file>' not specified");
      setExitCode(await run(options));
    });
}

async function run({ config, consulAddr, port }: StartOptions): Promise<number> {
  const { ConfigError, PoolManager } = await import('../manager/index.js');
  const { withFlags } = await import('./start-flags.js');
  const log = new ServiceLog(say);
  const manager = new PoolManager(config, { adjust: withFlags(consulAddr, port) });
  manager
    .on('serviceFailed', (service, error) => say(`service '${service}' failed: ${describeError(error)}`))
    .on('reloadFailed', (error) =>
      say(`the new config is refused, the old one stays: ${describeError(error)}`),
    )
    .on('reloaded', (result) => say(`config reloaded: ${describeReload(result)}`))
    .on('service', (event) => log.tell(event));
  const stopped = new Promise<number>((resolve) => manager.once('stopped', resolve));
  manager.handleSignals();
  try {
    await manager.start();
  } catch (error) {
    await manager.stop({ timeoutMs: 0 });
    if (error instanceof ConfigError) throw new CliError(error.message, EXIT.bad);
    throw error;
  }
  const count = manager.services().length;
  say(`${count} ${count === 1 ? 'service' : 'services'}, ${manager.adminUrl ?? 'no admin server'}`);
  const cutCalls = await stopped;
  say(cutCalls === 0 ? 'stopped' : `stopped; calls cut at the deadline: ${cutCalls}`);
  return EXIT.ok;
}

function describeReload({ added, removed, configured, replaced, failed, settings }: ReloadResult): string {
  const changed = { added, removed, configured, replaced, failed: Object.keys(failed), settings };
  const parts = Object.entries(changed).filter(([, names]) => names.length > 0);
  return parts.map(([what, names]) => `${what} ${names.join(', ')}`).join('; ') || 'nothing changed';
}

/** One line of the log, on standard error. */
function say(text: string): void {
  console.error(`${new Date().toISOString()} connpool: ${text}`);
}

function portNumber(value: string): number {
  const port = Number(value);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new InvalidArgumentError('It must be an integer from 0 (any free one) to 65535.');
}
