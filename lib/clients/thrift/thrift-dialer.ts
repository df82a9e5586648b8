import type { Socket } from 'node:net';
import { InvalidOptionError } from '../../pool/errors.js';
import type { DialContext, HookContext } from '../../pool/options.js';
import { CLOSE_GRACE_MS, graceWithin } from '../tcp/close-socket.js';
import { connectSocket } from '../tcp/connect-socket.js';
import { checkNames } from '../tcp/option-names.js';
import { resolveTarget, type SocketTarget } from '../tcp/socket-target.js';
import { TcpConnectionError } from '../tcp/tcp-connection-error.js';
import { guardedClientClass } from './guarded-client.js';
import { type ConnectionSettings, ThriftConnection } from './thrift-connection.js';
import { isThriftConnectionError, ThriftConnectionError } from './thrift-errors.js';
import {
  clientClassOf,
  resolveRequestTimeout,
  resolveWireFormat,
  type ThriftOptions,
  type ThriftService,
} from './thrift-options.js';

/** The callbacks of a `ConnPool` of Thrift clients. */
export interface ThriftDialer<TClient> {
  /** Connects, and gives a client of the generated class. */
  dial(ctx: Pick<DialContext<unknown>, 'signal' | 'markBroken'>): Promise<TClient>;
  /** What the options said; missing when they said nothing. */
  heartbeat?: (client: TClient, ctx: Pick<HookContext<unknown>, 'signal'>) => unknown;
  /** Closes the client's connection; calls in flight on it are rejected. Resolves when the socket is closed. */
  close(client: TClient): Promise<void>;
  /**
   * Whether the client's connection is unusable: it failed, or a call is still in flight on it. The error alone
   * does not say so: an exception the service declares and a `TApplicationException` leave it usable.
   */
  isBroken(error: unknown, client: TClient): boolean;
}

/** The options a dialer knows. */
export const DIALER_OPTIONS: readonly string[] = [
  'host',
  'port',
  'path',
  'tls',
  'transport',
  'protocol',
  'serviceName',
  'requestTimeoutMs',
  'maxFrameBytes',
  'heartbeat',
];

/**
 * The callbacks for a pool of Thrift clients of one server, for those who make the `ConnPool` themselves:
 *
 * @example
 * const pool = new ConnPool({ ...thriftDialer(EchoService, { host, port }), maxActive: 4 });
 *
 * @param service what the Thrift compiler generated (`js:node,es6`): the service's module or its `Client` class
 * @throws InvalidOptionError
 */
export function thriftDialer<TClient>(
  service: ThriftService<TClient>,
  options: ThriftOptions<TClient>,
): ThriftDialer<TClient> {
  checkNames(options, DIALER_OPTIONS);
  return makeDialer(service, options, CLOSE_GRACE_MS);
}

/** A dialer whose `close` stays within the pool's `closeTimeoutMs`. Its options' names are checked already. */
export function dialerWithin<TClient>(
  closeTimeoutMs: number,
  service: ThriftService<TClient>,
  options: ThriftOptions<TClient>,
): ThriftDialer<TClient> {
  return makeDialer(service, options, graceWithin(closeTimeoutMs));
}

function makeDialer<TClient>(
  service: ThriftService<TClient>,
  options: ThriftOptions<TClient>,
  closeGraceMs: number,
): ThriftDialer<TClient> {
  const Client = clientClassOf(service);
  const target = resolveTarget(options);
  const settings: ConnectionSettings = Object.freeze({
    Client: guardedClientClass(Client),
    wire: resolveWireFormat(options, Client),
    requestTimeoutMs: resolveRequestTimeout(options.requestTimeoutMs),
    closeGraceMs,
    peer: target.label,
  });
  const { heartbeat } = options;
  if (heartbeat !== undefined && typeof heartbeat !== 'function') {
    throw new InvalidOptionError('heartbeat', heartbeat, 'a function');
  }
  return {
    async dial(ctx) {
      const socket = await connect(target, ctx.signal);
      return new ThriftConnection(socket, settings, (error) => ctx.markBroken(error)).client as TClient;
    },
    ...(heartbeat === undefined ? {} : { heartbeat }),
    close: closeThriftClient,
    isBroken: (error, client) => ThriftConnection.of(client)?.isBroken ?? isThriftConnectionError(error),
  };
}

/**
 * Closes the connection of a client that `thriftPool` or `thriftDialer` made: what a client detached from its
 * pool needs at the end. Calls in flight are rejected; resolves when the socket is closed.
 * @throws InvalidOptionError (as a rejection) for any other client
 */
export async function closeThriftClient(client: unknown): Promise<void> {
  const connection = ThriftConnection.of(client);
  if (connection === undefined) {
    throw new InvalidOptionError('client', client, 'a client that thriftPool or thriftDialer made');
  }
  await connection.close();
}

async function connect(target: SocketTarget, signal: AbortSignal): Promise<Socket> {
  try {
    return (await connectSocket(target, signal)).setNoDelay(true);
  } catch (error) {
    if (!(error instanceof TcpConnectionError)) throw error;
    throw new ThriftConnectionError(error.message, { cause: error.cause });
  }
}
