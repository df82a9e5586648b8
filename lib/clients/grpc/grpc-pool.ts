import type { ChannelCredentials, Client, ClientOptions } from '@grpc/grpc-js';
import { ConnPool } from '../../pool/conn-pool.js';
import { InvalidOptionError } from '../../pool/errors.js';
import {
  type ConnPoolOptions,
  DEFAULT_CLOSE_TIMEOUT_MS,
  type DialContext,
  type HookContext,
} from '../../pool/options.js';
import { checkHealth } from './ask-health.js';
import { GrpcConnection } from './grpc-connection.js';
import {
  checkClientClass,
  type GrpcClientClass,
  type GrpcPoolOptions,
  type GrpcSettings,
  resolveGrpcOptions,
} from './grpc-options.js';
import { StreamPool } from './stream-pool.js';

/** What `heartbeatTimeoutMs` is when the pool is told nothing. */
const DEFAULT_HEARTBEAT_TIMEOUT_MS = 5_000;
/** Longest goodbye, ms: nothing is left to say but that the connection ends. */
const MAX_CLOSE_GRACE_MS = 1_000;
/** Share of `closeTimeoutMs` for the goodbye, so that the pool never has to give a close up. */
const GRACE_SHARE = 0.5;

/**
 * A pool of connections to one gRPC server, lent as clients of the generated class. Each client has a TCP connection
 * of its own, is lent when it can be called at once, and leaves the pool as soon as it cannot.
 *
 * Every call has a deadline. What a service answers, whatever the status, leaves the connection in the pool; a
 * connection that is lost, that the server ends (GOAWAY) or that goes silent is replaced.
 *
 * With `streamsPerConnection` it is a {@link StreamPool}, which lends each connection to several callers at once.
 *
 * @example
 * const pool = grpcPool(GreeterClient, { address: 'greeter.example:50051', health: true, pool: { maxActive: 4 } });
 * const reply = await pool.do((client) => unary<HelloReply>((done) => client.sayHello({ name: 'you' }, done)));
 *
 * @param ClientCtor a generated client class: of `loadPackageDefinition`, or of a protobuf compiler's plugin
 * @throws InvalidOptionError
 */
export function grpcPool<TClient extends Client>(
  ClientCtor: GrpcClientClass<TClient>,
  options: GrpcPoolOptions<TClient> & { readonly streamsPerConnection: number },
): StreamPool<TClient>;
export function grpcPool<TClient extends Client>(
  ClientCtor: GrpcClientClass<TClient>,
  options: GrpcPoolOptions<TClient> & { readonly streamsPerConnection?: undefined },
): ConnPool<TClient>;
export function grpcPool<TClient extends Client>(
  ClientCtor: GrpcClientClass<TClient>,
  options: GrpcPoolOptions<TClient>,
): ConnPool<TClient> | StreamPool<TClient>;
export function grpcPool<TClient extends Client>(
  ClientCtor: GrpcClientClass<TClient>,
  options: GrpcPoolOptions<TClient>,
): ConnPool<TClient> | StreamPool<TClient> {
  checkClientClass(ClientCtor);
  const settings = resolveGrpcOptions(options);
  const { streamsPerConnection } = settings;
  if (streamsPerConnection === undefined) return new ConnPool(callbacks(ClientCtor, settings));
  return new StreamPool<TClient>(streamsPerConnection, (hooks) =>
    callbacks(ClientCtor, settings, hooks.lost, hooks.drained),
  );
}

/**
 * @param onLost called when a connection fails by itself
 * @param whenUnused runs `close` once nobody uses the client any more
 */
function callbacks<TClient extends Client>(
  ClientCtor: GrpcClientClass<TClient>,
  settings: GrpcSettings<TClient>,
  onLost: (client: TClient) => void = () => {},
  whenUnused: (client: TClient, close: () => Promise<void>) => Promise<void> = (_, close) => close(),
): ConnPoolOptions<TClient> {
  const { address, credentials, clientOptions, repeatsCalls, healthService, pool } = settings;
  const connectionSettings = Object.freeze({
    peer: address,
    secure: credentials._isSecure(),
    repeatsCalls,
    silenceTimeoutMs: pool.heartbeatTimeoutMs ?? DEFAULT_HEARTBEAT_TIMEOUT_MS,
    closeGraceMs: Math.min(
      MAX_CLOSE_GRACE_MS,
      (pool.closeTimeoutMs ?? DEFAULT_CLOSE_TIMEOUT_MS) * GRACE_SHARE,
    ),
  });
  const AnyClient = ClientCtor as unknown as new (
    a: string,
    c: ChannelCredentials,
    o: ClientOptions,
  ) => TClient;
  return {
    ...pool,
    async dial(ctx: DialContext) {
      const connection = new GrpcConnection(connectionSettings, (error) => {
        ctx.markBroken(error);
        onLost(client);
      });
      const channelFactoryOverride = connection.openChannel;
      const client = new AnyClient(address, credentials, { ...clientOptions, channelFactoryOverride });
      if (GrpcConnection.of(client) !== connection) {
        client.close();
        throw foreignClient(client);
      }
      await connection.connect(client, ctx.signal);
      return client;
    },
    heartbeat(client: TClient, ctx: HookContext) {
      if (healthService === undefined) return connectionOf(client).isUsable;
      return checkHealth(client, healthService, ctx);
    },
    close: (client) => whenUnused(client, () => connectionOf(client).close()),
    isBroken: pool.isBroken ?? ((_, client) => !connectionOf(client).isUsable),
  };
}

function connectionOf(client: Client): GrpcConnection {
  const connection = GrpcConnection.of(client);
  if (connection === undefined) throw foreignClient(client);
  return connection;
}

function foreignClient(client: Client): InvalidOptionError {
  const allowed = 'a client class that passes its third argument on to the Client of @grpc/grpc-js';
  return new InvalidOptionError('ClientCtor', client.constructor, allowed);
}
