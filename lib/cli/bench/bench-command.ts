import { readFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { describeError } from '../../pool/errors.js';
import type { SetExitCode } from '../exit-codes.js';
import { CliError } from '../exit-codes.js';
import { json, seconds, wholeNumber, wholeNumbers } from '../flag-values.js';
import { requirePackages } from '../required-packages.js';
import type { BenchFlags } from './bench-flags.js';
import { checkFlags } from './bench-flags.js';
import { hexBytes, textBytes } from './payload.js';
import { sweepSizes } from './recommend.js';
import type { BenchTarget, Endpoint } from './target.js';

const MOST_CONNECTIONS = 10_000;
const DEFAULT_DURATION_MS = { once: 10_000, sweep: 3_000 };

/** `connpool bench`: an endpoint of yours under load through a pool. */
export function addBench(program: Command, setExitCode: SetExitCode): void {
  const command = program
    .command('bench')
    .description('Put a Thrift, gRPC or TCP endpoint of yours under load through a pool.')
    .addOption(new Option('--protocol <name>', 'what it speaks').choices(['thrift', 'grpc', 'tcp']))
    .option('--address <host:port>', 'where it listens; or --host and --port')
    .option('--host <host>', 'where it listens (default: 127.0.0.1)')
    .option('--port <port>', 'where it listens', wholeNumber(1, 65_535));
  addLoadOptions(command);
  addTlsOptions(command);
  addCallOptions(command);
  command.addHelpText('after', HELP).action(async (flags: BenchFlags) => {
    const endpoint = checkFlags(flags, command);
    requirePackages('connpool bench', ['hdr-histogram-js']);
    const target = await targetOf(flags, { ...endpoint, tls: tlsOf(flags) });
    const { runBench } = await import('./run-bench.js');
    const { sweep, concurrency, maxActive, duration } = flags;
    const sizes = sweep === true ? sweepSizes(concurrency) : sweep;
    setExitCode(
      await runBench(target, {
        concurrency,
        durationMs: duration ?? DEFAULT_DURATION_MS[sizes === undefined ? 'once' : 'sweep'],
        sizes: sizes ?? [maxActive],
        sweep: sizes !== undefined,
        json: flags.json ?? false,
      }),
    );
  });
}

function addLoadOptions(command: Command): void {
  command
    .optionsGroup('Load:')
    .option('--concurrency <count>', 'callers at once', wholeNumber(1, 100_000), 64)
    .option(
      '--duration <seconds>',
      'how long, in seconds or with a unit (30s, 5m); default: 10, with --sweep 3 for each size',
      seconds(0.1, 3_600),
    )
    .option('--max-active <count>', 'connections of the pool', wholeNumber(1, MOST_CONNECTIONS), 10)
    .option(
      '--sweep [sizes]',
      'measure pools of several sizes, such as 1,2,4,8, and recommend one (default: powers of two up to --concurrency)',
      wholeNumbers(1, MOST_CONNECTIONS),
    )
    .addOption(
      new Option(
        '--timeout <seconds>',
        'longest a call may take, and longest it may wait for a connection; a number of seconds, or with a unit (500ms)',
      )
        .argParser(seconds(0.001, 600))
        .default(5_000, '5'),
    )
    .option('--json', 'print the report as one line of JSON, and nothing else, on standard output');
}

function addTlsOptions(command: Command): void {
  command
    .optionsGroup('TLS:')
    .option('--tls', 'speak TLS')
    .option('--ca <file>', 'certificates to trust, PEM (implies --tls)')
    .option('--server-name <name>', 'the name in the certificate, when it is not the host (implies --tls)')
    .option('--skip-verify', 'take any certificate: only for tests (implies --tls)');
}

function addCallOptions(command: Command): void {
  command
    .optionsGroup('Thrift:')
    .option('--client <module>', 'what the Thrift compiler generated for the service (js:node,es6)')
    .option('--export <name>', 'the export of the module that is the service (default: the module itself)')
    .option('--method <name>', 'the method to call; of gRPC too')
    .option('--args <json>', 'its arguments, a JSON array (default: [])', json)
    .addOption(
      new Option('--transport <name>', 'how messages are packed (default: buffered)').choices([
        'buffered',
        'framed',
      ]),
    )
    .addOption(
      new Option('--wire-protocol <name>', 'how messages are written (default: binary)').choices([
        'binary',
        'compact',
        'json',
      ]),
    )
    .option('--service-name <name>', 'the service on a server that multiplexes several')
    .optionsGroup('gRPC (without --proto: grpc.health.v1 Check):')
    .option('--proto <file>', 'a proto file with the service')
    .option(
      '--service <name>',
      'its full name, such as shop.v1.Orders; without --proto what the check asks for',
    )
    .option('--data <json>', 'the request, a JSON object (default: {})', json)
    .option(
      '--streams <count>',
      'calls that share one connection (default: exclusive)',
      wholeNumber(1, 10_000),
    )
    .optionsGroup('TCP:')
    .option('--payload <text>', 'what to send; \\n, \\r, \\t, \\0, \\\\ and \\xHH are understood', textBytes)
    .option('--payload-hex <hex>', 'what to send, in hexadecimal', hexBytes)
    .option('--expect-bytes <count>', 'the answer has this many bytes', wholeNumber(1, 1_000_000_000))
    .option('--until <text>', 'the answer ends with this (escapes as above)', textBytes)
    .option('--until-hex <hex>', 'the answer ends with these bytes', hexBytes);
}

async function targetOf(flags: BenchFlags, endpoint: Endpoint): Promise<BenchTarget> {
  switch (flags.protocol) {
    case 'thrift': {
      requirePackages('connpool bench --protocol thrift', ['thrift']);
      const { thriftTarget } = await import('./thrift-target.js');
      return thriftTarget(endpoint, {
        module: flags.client!,
        export: flags.export,
        method: flags.method!,
        args: flags.args ?? [],
        transport: flags.transport ?? 'buffered',
        protocol: flags.wireProtocol ?? 'binary',
        serviceName: flags.serviceName,
      });
    }
    case 'grpc': {
      const { proto, service, method, data } = flags;
      const packages = proto === undefined ? ['@grpc/grpc-js'] : ['@grpc/grpc-js', '@grpc/proto-loader'];
      requirePackages('connpool bench --protocol grpc', packages);
      const { grpcTarget } = await import('./grpc-target.js');
      return grpcTarget(endpoint, {
        method:
          proto === undefined ? undefined : { proto, service: service!, name: method!, data: data ?? {} },
        healthService: service ?? '',
        streamsPerConnection: flags.streams,
      });
    }
    case 'tcp': {
      const { tcpTarget } = await import('./tcp-target.js');
      const { payload, payloadHex, expectBytes, until, untilHex } = flags;
      const end = until ?? untilHex;
      return tcpTarget(endpoint, {
        payload: (payload ?? payloadHex)!,
        answer: end === undefined ? { bytes: expectBytes! } : { until: end },
      });
    }
  }
}

function tlsOf({ tls, ca, serverName, skipVerify }: BenchFlags): Endpoint['tls'] {
  if (tls === undefined && ca === undefined && serverName === undefined && skipVerify === undefined)
    return undefined;
  return { ca: ca === undefined ? undefined : readCa(ca), serverName, skipVerify: skipVerify ?? false };
}

function readCa(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new CliError(`--ca: ${describeError(error)}`);
  }
}

const HELP = `
Each caller makes one call after the other; the latency is what a caller sees, the wait for a connection included. Ctrl-C
ends early, with the report.

Exit code: 0 when every call was answered, 1 when calls failed, 2 for wrong flags or when the endpoint cannot be called.

Examples:
  connpool bench --protocol grpc --address 127.0.0.1:50051 --sweep
  connpool bench --protocol grpc --port 50051 --proto orders.proto --service shop.v1.Orders --method Get --data '{"id":7}'
  connpool bench --protocol thrift --port 9090 --client ./gen-nodejs/EchoService.js --method Echo --args '["hello"]'
  connpool bench --protocol tcp --port 6379 --payload 'PING\\r\\n' --until '\\r\\n' --sweep 1,2,4,8 --json`;
