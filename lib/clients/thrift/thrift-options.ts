import type { ConnectionOptions } from 'node:tls';
import thrift from 'thrift';
import { InvalidOptionError } from '../../pool/errors.js';
import type { ConnPoolOptions, HookContext } from '../../pool/options.js';
import { type GeneratedClientClass, methodsOf } from './guarded-client.js';
import {
  checkedInput,
  multiplexedOutput,
  type WireFormat,
  type WireProtocolClass,
  type WireTransportClass,
} from './wire-format.js';

/** A generated client class: what `new Service.Client(output, pClass)` makes is pooled. */
export type ThriftClientClass<TClient> = new (output: never, pClass: never) => TClient;

/** What the Thrift compiler generates for a service: the module, or the client class in it. */
export type ThriftService<TClient> =
  | ThriftClientClass<TClient>
  | { readonly Client: ThriftClientClass<TClient> };

/** A class of the `thrift` package. */
type ThriftClass = new (...args: never[]) => object;

/** How to reach one Thrift server and how to speak to it. */
export interface ThriftOptions<TClient> {
  /** Host name or IP address. @default 'localhost' */
  host?: string | undefined;
  /** TCP port. This or `path` is required. */
  port?: number | undefined;
  /** Path of a Unix socket, instead of `host` and `port`. */
  path?: string | undefined;
  /** TLS, with what `tls.connect` takes; `true` for its defaults. The server's certificate is verified. @default no TLS */
  tls?: true | ConnectionOptions | undefined;
  /** How messages are delimited: a class of the `thrift` package, or its short name. @default 'buffered' */
  transport?: 'buffered' | 'framed' | ThriftClass | undefined;
  /** How messages are encoded: a class of the `thrift` package, or its short name. @default 'binary' */
  protocol?: 'binary' | 'compact' | 'json' | ThriftClass | undefined;
  /** The service's name on a server that multiplexes several (`TMultiplexedProcessor`). @default not multiplexed */
  serviceName?: string | undefined;
  /**
   * Longest a call may wait for its answer, in ms. Then it rejects with a {@link ThriftTimeoutError}, and its
   * connection is destroyed, so that a late answer meets nobody. Above 0, or Infinity. @default 30000
   */
  requestTimeoutMs?: number | undefined;
  /**
   * Longest answer that is accepted, in bytes; a connection whose server announces a longer one is destroyed at
   * once. An integer from 1. @default 16384000 with the framed transport, 104857600 with the buffered one: the
   * limits of the other Thrift libraries
   */
  maxFrameBytes?: number | undefined;
  /** Proves that a connection works, such as `(client) => client.Ping()`; throwing, rejecting or `false` means dead. */
  heartbeat?: ((client: TClient, ctx: Pick<HookContext, 'signal'>) => unknown) | undefined;
}

/** Limits, timings and name of a pool whose callbacks are ready-made. */
export type ThriftPoolLimits<TClient> = Omit<
  ConnPoolOptions<TClient>,
  'dial' | 'heartbeat' | 'close' | 'meta'
>;

const DEFAULT_REQUEST_TIMEOUT_MS = 30_000;

const TRANSPORTS: Record<string, unknown> = {
  buffered: thrift.TBufferedTransport,
  framed: thrift.TFramedTransport,
};

const PROTOCOLS: Record<string, unknown> = {
  binary: thrift.TBinaryProtocol,
  compact: thrift.TCompactProtocol,
  json: thrift.TJSONProtocol,
};

/** Default limits of the Thrift libraries for a frame and for a message. */
const MAX_FRAME_BYTES = 16_384_000;
const MAX_MESSAGE_BYTES = 100 * 1_024 * 1_024;

/** Room for the fixed-size fields around a method's name. */
const MIN_NAME_BYTES = 16;

/**
 * Finds the client class in what the Thrift compiler generated.
 * @throws InvalidOptionError
 */
export function clientClassOf(service: unknown): GeneratedClientClass {
  const Client = (service as { Client?: unknown } | null | undefined)?.Client ?? service;
  if (typeof Client === 'function' && methodsOf(Client as GeneratedClientClass).length > 0) {
    return Client as GeneratedClientClass;
  }
  throw new InvalidOptionError(
    'Service',
    service,
    'a service the Thrift compiler generated for Node.js (thrift --gen js:node,es6): its module or its Client class',
  );
}

/**
 * Checks `requestTimeoutMs` and fills in its default.
 * @throws InvalidOptionError
 */
export function resolveRequestTimeout(value: unknown): number {
  if (value === undefined) return DEFAULT_REQUEST_TIMEOUT_MS;
  if (typeof value === 'number' && value > 0) return value;
  throw new InvalidOptionError('requestTimeoutMs', value, 'a number of ms above 0, or Infinity');
}

/**
 * Settles how messages are written and read.
 * @throws InvalidOptionError
 */
export function resolveWireFormat(options: ThriftOptions<never>, Client: GeneratedClientClass): WireFormat {
  const transport = pick('transport', options.transport ?? 'buffered', TRANSPORTS) as WireTransportClass;
  const protocol = pick('protocol', options.protocol ?? 'binary', PROTOCOLS) as WireProtocolClass;
  const framed = isOrExtends(transport, thrift.TFramedTransport);
  const maxFrameBytes = options.maxFrameBytes ?? (framed ? MAX_FRAME_BYTES : MAX_MESSAGE_BYTES);
  if (!Number.isSafeInteger(maxFrameBytes) || maxFrameBytes < 1) {
    throw new InvalidOptionError('maxFrameBytes', maxFrameBytes, 'an integer from 1');
  }
  const { serviceName } = options;
  if (serviceName !== undefined && (typeof serviceName !== 'string' || serviceName === '')) {
    throw new InvalidOptionError('serviceName', serviceName, 'a non-empty string');
  }
  return Object.freeze({
    transport,
    framed,
    delimited: isOrExtends(protocol, thrift.TJSONProtocol),
    input: checkedInput(protocol, maxFrameBytes),
    output: serviceName === undefined ? protocol : multiplexedOutput(protocol, serviceName),
    maxFrameBytes,
    maxNameBytes: Math.max(MIN_NAME_BYTES, ...methodsOf(Client).map((name) => Buffer.byteLength(name))),
  });
}

function pick(option: string, value: unknown, classes: Record<string, unknown>): unknown {
  const known = Object.values(classes);
  const found = typeof value === 'string' && Object.hasOwn(classes, value) ? classes[value] : value;
  if (known.some((base) => isOrExtends(found, base))) return found;
  const names = Object.entries(classes).map(
    ([name, base]) => `'${name}' (thrift.${(base as ThriftClass).name})`,
  );
  throw new InvalidOptionError(option, value, `${names.join(' or ')}, by name or as the class itself`);
}

function isOrExtends(value: unknown, base: unknown): boolean {
  if (typeof value !== 'function') return false;
  return value === base || value.prototype instanceof (base as ThriftClass);
}
