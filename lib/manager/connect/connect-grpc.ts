import { isIPv6 } from 'node:net';
import type { Client, ServiceError } from '@grpc/grpc-js';
import type { GrpcClientClass } from '../../clients/grpc/index.js';
import { CallTimeoutError } from '../../middleware/timeout.js';
import type { ServiceConfig } from '../config/schema.js';
import { loadPeer } from '../load-peer.js';
import type { TlsMaterial } from '../tls-files.js';
import type { AskBounds, Connector, ConnectorContext } from './connector.js';

/**
 * Pools of gRPC clients of the generated class; without one, of clients that can be asked for their health and take
 * calls by their full name (`makeUnaryRequest`).
 */
export async function connectGrpc({ config, tls, client }: ConnectorContext): Promise<Connector> {
  const { grpc, grpcPool, isGrpcConnectionError, checkClientClass, checkHealth, resolveCredentials } =
    await loadPeer('gRPC', ['@grpc/grpc-js'], load);
  const ClientCtor = (client ?? grpc.Client) as GrpcClientClass<Client>;
  const secured = tls === undefined ? {} : { tls: grpcTls(tls) };
  // Once here, rather than at every endpoint.
  checkClientClass(ClientCtor);
  resolveCredentials(undefined, secured.tls);

  const service = config.health === false ? undefined : config.health.service;
  const failures = nodeFailures(grpc.status);
  return {
    connect: ({ host = '127.0.0.1', port }, pool) =>
      grpcPool(ClientCtor, {
        address: isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`,
        ...secured,
        channelOptions: { 'grpc.keepalive_time_ms': config.pool.keepalive },
        requestTimeoutMs: config.requestTimeout,
        health: healthOf(config),
        streamsPerConnection: config.streamsPerConnection,
        pool,
      }),
    ...(service === undefined
      ? {}
      : {
          ask: (target: unknown, { signal, timeoutMs }: AskBounds) =>
            checkHealth(target as Client, service, { signal, deadline: Date.now() + timeoutMs }),
        }),
    isFailure: (error) =>
      error instanceof CallTimeoutError ||
      isGrpcConnectionError(error) ||
      failures.has((error as Partial<ServiceError> | null | undefined)?.code),
  };
}

async function load() {
  const [grpc, { grpcPool, isGrpcConnectionError }, { checkClientClass }, { checkHealth }, credentials] =
    await Promise.all([
      import('@grpc/grpc-js'),
      import('../../clients/grpc/index.js'),
      import('../../clients/grpc/grpc-options.js'),
      import('../../clients/grpc/ask-health.js'),
      import('../../clients/grpc/grpc-credentials.js'),
    ]);
  const { resolveCredentials } = credentials;
  return { grpc, grpcPool, isGrpcConnectionError, checkClientClass, checkHealth, resolveCredentials };
}

function healthOf({ health }: ServiceConfig): true | { service: string } | undefined {
  if (health === false || health.service === undefined) return undefined;
  return health.service === '' ? true : { service: health.service };
}

/** The statuses that say that the server is in trouble; all others are answers to what the caller asked. */
function nodeFailures(status: typeof import('@grpc/grpc-js').status): ReadonlySet<unknown> {
  const { UNAVAILABLE, DEADLINE_EXCEEDED, INTERNAL, UNKNOWN, DATA_LOSS } = status;
  return new Set<unknown>([UNAVAILABLE, DEADLINE_EXCEEDED, INTERNAL, UNKNOWN, DATA_LOSS]);
}

function grpcTls({ ca, cert, key, serverName, skipVerify }: TlsMaterial) {
  return { ca, cert, key, serverName, skipVerify };
}
