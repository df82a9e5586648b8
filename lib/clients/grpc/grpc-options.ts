import {
  type CallInvocationTransformer,
  Channel,
  type ChannelCredentials,
  type Client,
  type ClientOptions,
  credentials as grpcCredentials,
} from '@grpc/grpc-js';
import {
  checkOptions,
  integerRule,
  limitRule,
  type OptionRule,
  objectRule,
  required,
  textRule,
} from '../../pool/check-options.js';
import { describeError, InvalidOptionError } from '../../pool/errors.js';
import type { ConnPoolOptions } from '../../pool/options.js';
import { type GrpcTlsOptions, resolveCredentials } from './grpc-credentials.js';

/** A generated client class: of `loadPackageDefinition`, or of a protobuf compiler's plugin. */
export type GrpcClientClass<TClient extends Client> = new (
  address: string,
  credentials: ChannelCredentials,
  options?: never,
) => TClient;

/** What a channel and its clients may be told; they always have a connection of their own. */
export type GrpcChannelOptions = ClientOptions & {
  readonly channelOverride?: undefined;
  readonly channelFactoryOverride?: undefined;
  readonly 'grpc.use_local_subchannel_pool'?: undefined;
};

/** Limits, timings and name of a pool whose callbacks are ready-made. */
export type GrpcPoolLimits<TClient> = Omit<ConnPoolOptions<TClient>, 'dial' | 'heartbeat' | 'close' | 'meta'>;

/** Options of `grpcPool`: the server, how to speak to it, and the pool's limits. */
export interface GrpcPoolOptions<TClient extends Client> {
  /** Where the server listens, as grpc-js takes it: `host:port`, `dns:///host:port`, `[::1]:port`, `unix:/path`. */
  readonly address: string;
  /** Credentials of grpc-js, instead of `tls`. @default none: not encrypted */
  readonly credentials?: ChannelCredentials | undefined;
  /** TLS; `{}` for its defaults. The server's certificate is verified. @default not encrypted */
  readonly tls?: GrpcTlsOptions | undefined;
  /**
   * Further options of grpc-js's channel and client: `grpc.*`, `interceptors`, `callInvocationTransformer`.
   * @default keepalive pings every 5 minutes (the most that servers allow by default), answered within 10 s, while
   * calls are under way; no idle timeout (the pool has one); of several addresses behind a name one at random
   */
  readonly channelOptions?: GrpcChannelOptions | undefined;
  /**
   * Longest a call may take, in ms, when it has no `deadline` of its own; then it ends with `DEADLINE_EXCEEDED`. A
   * call's own deadline wins, `Infinity` included. Above 0, or Infinity. @default 30000
   */
  readonly requestTimeoutMs?: number | undefined;
  /**
   * Heartbeat through the standard health service of the server, `grpc.health.v1.Health`: `true` asks for the server
   * as a whole, `{ service }` for one service. Only SERVING is alive. @default the state of the channel
   */
  readonly health?: true | { readonly service: string } | undefined;
  /**
   * Shared mode: how many callers may use one connection at once. `maxActive` still counts connections. An integer
   * from 1. @default exclusive: one caller at a time
   */
  readonly streamsPerConnection?: number | undefined;
  /** Limits, timings and name of the pool. */
  readonly pool?: GrpcPoolLimits<TClient> | undefined;
}

/** {@link GrpcPoolOptions} with every default filled in. */
export interface GrpcSettings<TClient extends Client> {
  readonly address: string;
  readonly credentials: ChannelCredentials;
  readonly clientOptions: ClientOptions;
  /** Whether the service configuration is not the pool's own: it may have grpc-js repeat calls. */
  readonly repeatsCalls: boolean;
  /** The service to ask for; undefined = the channel's state is asked. */
  readonly healthService: string | undefined;
  readonly streamsPerConnection: number | undefined;
  readonly pool: GrpcPoolLimits<TClient>;
}

const DEFAULT_REQUEST_TIMEOUT_MS = 30_000;

/** Longest delay of a timer: the pool's `idleTimeoutMs` decides what is idle too long. */
const NEVER_MS = 2 ** 31 - 1;

const CHANNEL_DEFAULTS: ClientOptions = Object.freeze({
  // Servers take pings more often than every 5 minutes for an attack, and cut the connection, unless told otherwise.
  'grpc.keepalive_time_ms': 300_000,
  'grpc.keepalive_timeout_ms': 10_000,
  'grpc.client_idle_timeout_ms': NEVER_MS,
  // A configuration from the name server could ask for a connection to every address.
  'grpc.service_config_disable_resolution': 1,
  // Else all connections would go to the first address of a name.
  'grpc.service_config': JSON.stringify({
    loadBalancingConfig: [{ pick_first: { shuffleAddressList: true } }],
  }),
});

/** Where a service configuration may come from. */
const SERVICE_CONFIG_OPTIONS = ['grpc.service_config', 'grpc.service_config_disable_resolution'] as const;

const OPTION_RULES: Readonly<Record<keyof GrpcPoolOptions<Client>, OptionRule>> = {
  address: required(textRule),
  credentials: objectRule('channel credentials of @grpc/grpc-js'),
  tls: objectRule('an object of ca, cert, key, serverName and skipVerify'),
  channelOptions: objectRule("an object of grpc-js's channel options"),
  requestTimeoutMs: limitRule,
  health: {
    allowed: 'true or { service }',
    accepts: (v) => v === true || (typeof v === 'object' && v !== null),
  },
  streamsPerConnection: integerRule(1),
  pool: objectRule("an object of the pool's options"),
};

/** What the pool decides about a channel. */
const TAKEN: Readonly<Record<string, string>> = {
  channelOverride: 'left out: each client of the pool has a channel of its own',
  channelFactoryOverride: 'left out: each client of the pool has a channel of its own',
  'grpc.use_local_subchannel_pool': 'left out: each client of the pool has a connection of its own',
};

/** What a client takes beside what its channel takes. */
const CLIENT_OPTIONS: readonly string[] = [
  'interceptors',
  'interceptor_providers',
  'callInvocationTransformer',
];

/**
 * Checks what was given for the generated client class.
 * @throws InvalidOptionError
 */
export function checkClientClass(ClientCtor: unknown): void {
  const prototype =
    typeof ClientCtor === 'function' ? (ClientCtor.prototype as Partial<Client> | undefined) : undefined;
  // Not `instanceof`: generated code may hold another copy of the package.
  if (typeof prototype?.makeUnaryRequest === 'function') return;
  const allowed =
    'a client class that was generated for @grpc/grpc-js, such as loadPackageDefinition(...).my.Service';
  throw new InvalidOptionError('ClientCtor', ClientCtor, allowed);
}

/**
 * Checks the options and fills in the defaults.
 * @throws InvalidOptionError
 */
export function resolveGrpcOptions<TClient extends Client>(
  o: GrpcPoolOptions<TClient>,
): GrpcSettings<TClient> {
  checkOptions('options', o, OPTION_RULES);
  checkAddress(o.address);
  checkTaken('channelOptions', o.channelOptions, TAKEN);
  checkChannelOptions(o.channelOptions ?? {});
  const own = 'left out: grpcPool has its own';
  checkTaken('pool', o.pool, { dial: own, heartbeat: own, close: own, meta: own });
  return Object.freeze({
    address: o.address,
    credentials: resolveCredentials(o.credentials, o.tls),
    clientOptions: clientOptionsOf(o),
    repeatsCalls: SERVICE_CONFIG_OPTIONS.some((name) => o.channelOptions?.[name] !== undefined),
    healthService: healthServiceOf(o.health),
    streamsPerConnection: o.streamsPerConnection,
    pool: o.pool ?? {},
  });
}

function checkAddress(address: string): void {
  // grpc-js would look for hosts of these names, dial after dial.
  if (/^https?:/i.test(address) || (/\s/.test(address) && !address.startsWith('unix'))) {
    throw new InvalidOptionError(
      'address',
      address,
      "such as 'host:port', without http:// and without spaces",
    );
  }
  try {
    // Looks at the address and resolves nothing yet.
    new Channel(address, grpcCredentials.createInsecure(), {}).close();
  } catch (error) {
    throw new InvalidOptionError(
      'address',
      address,
      `an address that grpc-js takes (${describeError(error)})`,
    );
  }
}

function checkTaken(name: string, value: object | undefined, taken: Readonly<Record<string, string>>): void {
  for (const [option, given] of Object.entries(value ?? {})) {
    const allowed = Object.hasOwn(taken, option) ? taken[option] : undefined;
    if (allowed !== undefined && given !== undefined) {
      throw new InvalidOptionError(`${name}.${option}`, given, allowed);
    }
  }
}

/** grpc-js ignores what it does not know. Its own names are many, and their beginnings two. */
function checkChannelOptions(channelOptions: GrpcChannelOptions): void {
  for (const [name, value] of Object.entries(channelOptions)) {
    if (/^grpc(-node)?\./.test(name) || CLIENT_OPTIONS.includes(name) || Object.hasOwn(TAKEN, name)) continue;
    const known = `known are names that begin with 'grpc.' or 'grpc-node.', and ${CLIENT_OPTIONS.join(', ')}`;
    throw new InvalidOptionError(`channelOptions.${name}`, value, `left out: ${known}`);
  }
}

function clientOptionsOf(o: GrpcPoolOptions<never>): ClientOptions {
  const { channelOptions = {}, tls, requestTimeoutMs = DEFAULT_REQUEST_TIMEOUT_MS } = o;
  const { callInvocationTransformer } = channelOptions;
  return Object.freeze({
    ...CHANNEL_DEFAULTS,
    ...(tls?.serverName === undefined ? {} : { 'grpc.ssl_target_name_override': tls.serverName }),
    ...channelOptions,
    'grpc.use_local_subchannel_pool': 1,
    callInvocationTransformer: withDeadline(requestTimeoutMs, callInvocationTransformer),
  });
}

/** Gives each call that has no deadline one of its own; it changes nothing else about it. */
function withDeadline(ms: number, further: CallInvocationTransformer | undefined): CallInvocationTransformer {
  return (call) => {
    const transformed = further === undefined ? call : further(call);
    if (ms !== Infinity && transformed.callOptions.deadline === undefined) {
      transformed.callOptions = { ...transformed.callOptions, deadline: Date.now() + ms };
    }
    return transformed;
  };
}

function healthServiceOf(health: GrpcPoolOptions<Client>['health']): string | undefined {
  if (health === undefined) return undefined;
  if (health === true) return '';
  checkOptions('health', health, { service: required(textRule) });
  return health.service;
}
