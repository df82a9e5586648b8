import { type Command, Option } from 'commander';
import type { SetExitCode } from '../exit-codes.js';
import { seconds, wholeNumber } from '../flag-values.js';
import { requirePackages } from '../required-packages.js';

interface DemoFlags {
  servers: number;
  connections: number;
  concurrency: number;
  duration: number;
  host?: string;
  port?: number;
  dashboard: boolean;
  json?: boolean;
}

/** `connpool demo`: what the pool does when a server is killed under load. */
export function addDemo(program: Command, setExitCode: SetExitCode): void {
  program
    .command('demo')
    .description('Put echo services under load through pools, kill one half way, and account for every call.')
    .option('--servers <count>', 'services to start, each in a process of its own', wholeNumber(1, 16), 3)
    .option('--connections <count>', 'connections to each (maxActive)', wholeNumber(1, 10_000), 10)
    .option('--concurrency <count>', 'callers at once', wholeNumber(1, 100_000), 64)
    .addOption(
      new Option('--duration <seconds>', 'how long').argParser(seconds(0.5, 600)).default(6_000, '6'),
    )
    .option(
      '--port <port>',
      'call the echo service that listens there, instead of starting (and restarting) some',
      wholeNumber(1, 65_535),
    )
    .option('--host <host>', 'where that service is (default: 127.0.0.1)')
    .option('--no-dashboard', 'no dashboard in the browser')
    .option('--json', 'print the summary as one line of JSON, and nothing else, on standard output')
    .addHelpText('after', HELP)
    .action(async (flags: DemoFlags, command: Command) => {
      setExitCode(await demo(flags, command));
    });
}

async function demo(flags: DemoFlags, command: Command): Promise<number> {
  const { servers, connections, concurrency, duration, host, port, dashboard, json = false } = flags;
  if (host !== undefined && port === undefined) command.error('error: --host needs --port');
  requirePackages('connpool demo', ['thrift', 'hdr-histogram-js']);
  if (dashboard) {
    const hint = ' (or leave the dashboard out: --no-dashboard)';
    requirePackages('The dashboard', ['hono', '@hono/node-server', 'prom-client'], hint);
  }
  const { runDemo } = await import('./run-demo.js');
  return runDemo({
    server: port === undefined ? undefined : { host: host ?? '127.0.0.1', port },
    servers,
    connections,
    concurrency,
    durationMs: duration,
    json,
    dashboard,
  });
}

const HELP = `
The service is that of examples/thrift/echo.thrift. Ctrl-C ends the demo early, with its summary. The dashboard lives as
long as the demo: --duration 120 leaves time to look at it.

Exit code: 0 when every call that was started ended in a result or a reported error, 1 when calls were lost, 2 for wrong
flags or when the service cannot be reached.

Examples:
  connpool demo
  connpool demo --duration 120 --concurrency 200
  connpool demo --json --no-dashboard | jq .latencyMs`;
