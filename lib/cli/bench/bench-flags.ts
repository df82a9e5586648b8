import type { Command } from 'commander';
import { isObject } from '../../pool/check-options.js';

/** What `connpool bench` was told. */
export interface BenchFlags {
  protocol: 'thrift' | 'grpc' | 'tcp';
  address?: string;
  host?: string;
  port?: number;
  concurrency: number;
  duration?: number;
  maxActive: number;
  /** true = sizes of our choice. */
  sweep?: true | number[];
  timeout: number;
  json?: boolean;
  tls?: boolean;
  ca?: string;
  serverName?: string;
  skipVerify?: boolean;
  client?: string;
  export?: string;
  method?: string;
  args?: unknown[];
  transport?: 'buffered' | 'framed';
  wireProtocol?: 'binary' | 'compact' | 'json';
  serviceName?: string;
  proto?: string;
  service?: string;
  data?: object;
  streams?: number;
  payload?: Buffer;
  payloadHex?: Buffer;
  expectBytes?: number;
  until?: Buffer;
  untilHex?: Buffer;
}

type Flag = keyof BenchFlags;

/** Flags that only some protocols know. */
const FLAGS_OF: Readonly<Record<BenchFlags['protocol'], readonly Flag[]>> = {
  thrift: ['client', 'export', 'method', 'args', 'transport', 'wireProtocol', 'serviceName'],
  grpc: ['proto', 'service', 'method', 'data', 'streams'],
  tcp: ['payload', 'payloadHex', 'expectBytes', 'until', 'untilHex'],
};

/**
 * Refuses flags that contradict each other or the protocol, and says what is missing. Ends the command with exit code 2.
 * @returns where the endpoint is
 */
export function checkFlags(
  flags: BenchFlags,
  command: Command,
): { host: string; port: number; timeoutMs: number } {
  const refuse = (message: string): never => command.error(`error: ${message}`);
  const { protocol } = flags;
  // Not a mandatory option of commander's, which would be missed before a mistyped one is found.
  if (protocol === undefined) refuse('--protocol thrift, grpc or tcp is needed');
  for (const [other, names] of Object.entries(FLAGS_OF)) {
    const stray = names.find((name) => flags[name] !== undefined && !FLAGS_OF[protocol].includes(name));
    if (stray !== undefined) refuse(`${flagName(stray)} is for --protocol ${other}, not ${protocol}`);
  }
  const need = (...names: Flag[]) => {
    if (names.some((name) => flags[name] !== undefined)) return;
    refuse(`--protocol ${protocol} needs ${names.map(flagName).join(' or ')}`);
  };
  const exclude = (...names: Flag[]) => {
    const given = names.filter((name) => flags[name] !== undefined);
    if (given.length > 1) refuse(`${given.map(flagName).join(' and ')} exclude each other`);
  };
  if (protocol === 'thrift') {
    need('client');
    need('method');
    if (flags.args !== undefined && !Array.isArray(flags.args)) refuse('--args must be a JSON array');
  } else if (protocol === 'grpc') {
    checkGrpc(flags, refuse);
  } else {
    need('payload', 'payloadHex');
    exclude('payload', 'payloadHex');
    need('expectBytes', 'until', 'untilHex');
    exclude('expectBytes', 'until', 'untilHex');
  }
  if (flags.sweep !== undefined && command.getOptionValueSource('maxActive') === 'cli') {
    refuse('--sweep and --max-active exclude each other');
  }
  return { ...endpointOf(flags, refuse), timeoutMs: flags.timeout };
}

function checkGrpc({ proto, service, method, data }: BenchFlags, refuse: (message: string) => never): void {
  if (proto === undefined) {
    if (method !== undefined) refuse('--method needs --proto, which describes it');
    if (data !== undefined) refuse('--data needs --proto, which describes it');
    return;
  }
  if (service === undefined || method === undefined) refuse('--proto needs --service and --method');
  if (data !== undefined && !isObject(data)) {
    refuse('--data must be a JSON object');
  }
}

function endpointOf(
  { address, host, port }: BenchFlags,
  refuse: (message: string) => never,
): { host: string; port: number } {
  if (address === undefined) {
    return { host: host ?? '127.0.0.1', port: port ?? refuse('the endpoint needs --address, or --port') };
  }
  if (host !== undefined || port !== undefined) refuse('--address excludes --host and --port');
  const { named, bare, number } =
    /^(?:\[(?<named>[^\]]+)\]|(?<bare>[^:\s]+)):(?<number>\d{1,5})$/.exec(address)?.groups ?? {};
  const at = Number(number);
  if (number === undefined || at < 1 || at > 65_535) {
    refuse(`--address must be host:port, such as 127.0.0.1:9090 or [::1]:9090, got '${address}'`);
  }
  return { host: (named ?? bare)!, port: at };
}

/** `payloadHex` as it is written: `--payload-hex`. */
function flagName(name: Flag): string {
  return `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
