import { parseArgs } from 'node:util';

export interface DemoOptions {
  /** A server that is already there; undefined = start one of our own. */
  readonly server: { host: string; port: number } | undefined;
  readonly connections: number;
  readonly concurrency: number;
  readonly durationMs: number;
  readonly json: boolean;
}

const USAGE = `Pooled load against a Thrift echo service.

  npm start -- [flags]

  --connections 10   connections the pool may open (maxActive)
  --concurrency 64   callers at once
  --duration 6       how long, in seconds; at most 600
  --port PORT        call the echo service that listens there, instead of starting (and restarting) one
  --host HOST        where that service is (default 127.0.0.1)
  --json             print the summary as one line of JSON, and nothing else, on standard output
  --help             this text

Exit code: 0 when every call that was started ended in a result or a reported error, 1 when calls were
lost or the demo failed, 2 for wrong flags.
`;

/** Reads the flags; prints the usage and ends the process when it was asked for or they are wrong. */
export function readDemoOptions(args: string[]): DemoOptions {
  try {
    const { values } = parseArgs({
      args,
      options: {
        host: { type: 'string' },
        port: { type: 'string' },
        connections: { type: 'string', default: '10' },
        concurrency: { type: 'string', default: '64' },
        duration: { type: 'string', default: '6' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (values.help) {
      process.stdout.write(USAGE);
      process.exit(0);
    }
    if (values.host !== undefined && values.port === undefined) throw new Error('--host needs --port');
    return {
      server:
        values.port === undefined
          ? undefined
          : { host: values.host ?? '127.0.0.1', port: wholeNumber('port', values.port, 1, 65_535) },
      connections: wholeNumber('connections', values.connections, 1, 10_000),
      concurrency: wholeNumber('concurrency', values.concurrency, 1, 100_000),
      durationMs: number('duration', values.duration, 0.5, 600) * 1_000,
      json: values.json,
    };
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${USAGE}`);
    process.exit(2);
  }
}

function wholeNumber(flag: string, text: string, from: number, to: number): number {
  if (!/^\d+$/.test(text))
    throw new Error(`--${flag} must be a whole number from ${from} to ${to}, got '${text}'`);
  return number(flag, text, from, to);
}

function number(flag: string, text: string, from: number, to: number): number {
  const value = Number(text);
  if (text === '' || !(value >= from && value <= to)) {
    throw new Error(`--${flag} must be a number from ${from} to ${to}, got '${text}'`);
  }
  return value;
}
