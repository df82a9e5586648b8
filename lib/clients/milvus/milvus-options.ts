import { type ClientConfig, parseTimeToken } from '@zilliz/milvus2-sdk-node';
import {
  checkOptions,
  countRule,
  delayRule,
  flagRule,
  integerRule,
  limitRule,
  type OptionRule,
  objectRule,
  textRule,
  waitRule,
} from '../../pool/check-options.js';
import { InvalidOptionError } from '../../pool/errors.js';
import { checkTls, type MilvusTlsOptions, sdkTls } from './milvus-tls.js';
import { checkOptionsHiding, hidden, Secrets } from './secrets.js';

/** What may be said about the SDK's own pool of gRPC clients (`generic-pool`). */
export type MilvusInnerPoolOptions = Readonly<
  Pick<
    NonNullable<ClientConfig['pool']>,
    | 'min'
    | 'max'
    | 'maxWaitingClients'
    | 'acquireTimeoutMillis'
    | 'fifo'
    | 'idleTimeoutMillis'
    | 'softIdleTimeoutMillis'
    | 'evictionRunIntervalMillis'
    | 'numTestsPerEvictionRun'
  >
>;

/** Options of one client: those of the SDK's `MilvusClient`, and how long connecting and closing may take. */
export interface MilvusOptions {
  /** Where Milvus listens: `host:port`, or `https://host` with or without a port. */
  readonly address: string;
  /** API key, or `user:password`; instead of `username` and `password`. */
  readonly token?: string | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** The database that calls are made in. @default 'default' */
  readonly database?: string | undefined;
  /** Speak TLS. @default true when `tls` is given or the address starts with https:// */
  readonly ssl?: boolean | undefined;
  /** Certificates and the like. */
  readonly tls?: MilvusTlsOptions | undefined;
  /** Longest one attempt of a call may take: ms, or a text of the SDK's such as '30s'. Above 0. @default 15000 */
  readonly timeout?: number | string | undefined;
  /** Further attempts after a failed first one, of each call. @default 3 */
  readonly maxRetries?: number | undefined;
  /** Half the pause before the first retry, in ms; each next pause is twice as long. @default 10 */
  readonly retryDelay?: number | undefined;
  /** Options of grpc-js's channel, `grpc.*`, on top of the SDK's own. */
  readonly channelOptions?: ClientConfig['channelOptions'] | undefined;
  /**
   * The SDK's own pool. When it is given each of the pool's gRPC clients has a TCP connection of its own and carries one
   * call at a time, so that `max` is both the most connections and the most calls at once.
   * @default one TCP connection, with up to 100 calls on it at once
   */
  readonly pool?: MilvusInnerPoolOptions | undefined;
  /** Longest the client may take to connect, in ms, all attempts together. Above 0, or Infinity. @default 10000 */
  readonly connectTimeoutMs?: number | undefined;
  /**
   * Longest that closing waits for calls under way, in ms; then they are cancelled. From 0, or Infinity. @default 5000
   */
  readonly closeTimeoutMs?: number | undefined;
  /** The client's name in the SDK's log and telemetry. @default random */
  readonly id?: string | undefined;
  /** What Milvus is told about this client besides. */
  readonly option?: Record<string, string> | undefined;
  /** The SDK's log, which all clients of the process have in common. */
  readonly logLevel?: string | undefined;
  readonly logPrefix?: string | undefined;
  /** Pass the OpenTelemetry context on to Milvus. @default false */
  readonly trace?: boolean | undefined;
  /** The figures that the SDK sends to Milvus. */
  readonly telemetry?: ClientConfig['telemetry'] | undefined;
  readonly loaderOptions?: ClientConfig['loaderOptions'] | undefined;
  /** Whether the address is that of a global cluster. @default what the address looks like */
  readonly isGlobal?: boolean | undefined;
}

/** {@link MilvusOptions} of one client, checked and put into the SDK's form. */
export interface MilvusSettings {
  /** The client's name in the registry. */
  readonly name: string;
  readonly config: ClientConfig;
  /** Whether each gRPC client of the SDK's pool has a connection of its own. */
  readonly connectionPerCall: boolean;
  readonly connectTimeoutMs: number;
  readonly closeTimeoutMs: number;
  readonly secrets: Secrets;
}

const DEFAULT_CONNECT_TIMEOUT_MS = 10_000;
const DEFAULT_CLOSE_TIMEOUT_MS = 5_000;
/** What the SDK takes for `timeout` when it is told nothing. */
const SDK_TIMEOUT_MS = 15_000;
/** Calls at once on the one connection: what HTTP/2 servers commonly allow. */
const CALLS_PER_CONNECTION = 100;

const ADDRESS = /^(?<scheme>https?:\/\/)?(?:\[[\da-f:.]+\]|[^\s/@:?#[\]]+)(?<port>:\d{1,5})?$/i;

const RULES: Readonly<Record<keyof MilvusOptions, OptionRule>> = {
  address: {
    allowed: 'host:port, http://host:port, https://host or https://host:port, without credentials or a path',
    accepts: (v) => {
      const parts = typeof v === 'string' ? ADDRESS.exec(v)?.groups : undefined;
      return parts !== undefined && (parts.port !== undefined || /^https/i.test(parts.scheme ?? ''));
    },
  },
  token: textRule,
  username: textRule,
  password: textRule,
  database: textRule,
  ssl: flagRule,
  tls: objectRule('an object of the TLS options of the SDK'),
  timeout: {
    allowed: "a finite number of ms above 0, or a text such as '30s'",
    accepts: (v) =>
      typeof v === 'string' ? /^[1-9]\d*[smhdwMY]$/.test(v) : Number.isFinite(v) && (v as number) > 0,
  },
  maxRetries: integerRule(0),
  retryDelay: delayRule,
  channelOptions: objectRule("an object of grpc-js's channel options"),
  pool: objectRule("an object of the options of the SDK's pool"),
  connectTimeoutMs: limitRule,
  closeTimeoutMs: waitRule,
  id: textRule,
  option: objectRule('an object of strings'),
  logLevel: textRule,
  logPrefix: textRule,
  trace: flagRule,
  telemetry: objectRule('an object of the telemetry options of the SDK'),
  loaderOptions: objectRule("an object of proto-loader's options"),
  isGlobal: flagRule,
};
/** An address may hold a password that does not belong there. */
const SECRETS: ReadonlySet<string> = new Set(['token', 'username', 'password', 'address', 'tls']);

const POOL_RULES: Readonly<Record<keyof MilvusInnerPoolOptions, OptionRule>> = {
  min: integerRule(0),
  max: integerRule(1),
  maxWaitingClients: countRule(0),
  acquireTimeoutMillis: limitRule,
  fifo: flagRule,
  idleTimeoutMillis: delayRule,
  softIdleTimeoutMillis: { allowed: 'a number of ms', accepts: (v) => typeof v === 'number' && v >= -1 },
  evictionRunIntervalMillis: delayRule,
  numTestsPerEvictionRun: integerRule(1),
};

/** What the registry decides about a channel, or the SDK leaves out without a word. */
const TAKEN_CHANNEL_OPTIONS: Readonly<Record<string, string>> = {
  channelOverride: 'left out: each client has a channel of its own',
  channelFactoryOverride: 'left out: each client has a channel of its own',
  interceptors: 'left out: the SDK has its own',
  'grpc.use_local_subchannel_pool': "left out: for further connections use the option 'pool'",
};

/** Options of which one kind, given for a client, replaces all of that kind among the defaults. */
const KINDS: readonly (readonly (keyof MilvusOptions)[])[] = [
  ['token', 'username', 'password'],
  ['ssl', 'tls'],
];

/**
 * Checks each option by itself.
 * @throws InvalidOptionError that never shows a secret
 */
export function checkMilvusOptions(options: unknown): asserts options is Partial<MilvusOptions> {
  checkOptionsHiding('options', options, RULES, SECRETS);
  const { tls, channelOptions, pool } = options as Partial<MilvusOptions>;
  if (tls !== undefined) checkTls(tls);
  for (const [option, value] of Object.entries(channelOptions ?? {})) {
    const allowed = Object.hasOwn(TAKEN_CHANNEL_OPTIONS, option) ? TAKEN_CHANNEL_OPTIONS[option] : undefined;
    if (allowed !== undefined && value !== undefined) {
      throw new InvalidOptionError(`channelOptions.${option}`, value, allowed);
    }
  }
  if (pool === undefined) return;
  checkOptions('pool', pool, POOL_RULES);
  if (pool.min !== undefined && pool.min > (pool.max ?? 1)) {
    throw new InvalidOptionError('pool.min', pool.min, `at most pool.max (${pool.max ?? 1})`);
  }
}

/**
 * The settings of one client: its own options over the defaults.
 * @throws InvalidOptionError that never shows a secret
 */
export function resolveMilvusOptions(
  name: string,
  defaults: Partial<MilvusOptions>,
  own: Partial<MilvusOptions>,
): MilvusSettings {
  checkMilvusOptions(own);
  const options = merge(defaults, own);
  checkTogether(options);
  const { connectTimeoutMs, closeTimeoutMs, pool, tls, ...others } = options;
  const { token, username, password, channelOptions, address, timeout } = options;
  const timeoutMs = typeof timeout === 'string' ? parseTimeToken(timeout) : (timeout ?? SDK_TIMEOUT_MS);
  const auth = Buffer.from(token ?? `${username}:${password}`).toString('base64');
  return Object.freeze({
    name,
    config: {
      ...(others as Partial<ClientConfig>),
      address,
      channelOptions: { ...channelOptions },
      // A call that waits for its turn must not wait for ever; nor may the SDK fill its pool before it is told more.
      pool: {
        ...(pool ?? { min: 0, max: CALLS_PER_CONNECTION, acquireTimeoutMillis: timeoutMs }),
        autostart: false,
      },
      ...(tls === undefined ? {} : { ssl: true, tls: sdkTls(tls) }),
      __SKIP_CONNECT__: true,
    },
    connectionPerCall: pool !== undefined,
    connectTimeoutMs: connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS,
    closeTimeoutMs: closeTimeoutMs ?? DEFAULT_CLOSE_TIMEOUT_MS,
    secrets: new Secrets([token, password, token === undefined && password === undefined ? undefined : auth]),
  });
}

/** Of what is given, without what is `undefined`. */
function merge(defaults: Partial<MilvusOptions>, own: Partial<MilvusOptions>): MilvusOptions {
  const replaced = new Set(
    KINDS.filter((kind) => kind.some((option) => own[option] !== undefined)).flatMap((kind) => [...kind]),
  );
  const isGiven = ([, value]: [string, unknown]) => value !== undefined;
  return Object.fromEntries(
    [
      ...Object.entries(defaults).filter(([option]) => !replaced.has(option as keyof MilvusOptions)),
      ...Object.entries(own).filter(isGiven),
    ].filter((entry) => isGiven(entry as [string, unknown])),
  ) as unknown as MilvusOptions;
}

/** What fits by itself may contradict, and the SDK would drop one of the two without a word. */
function checkTogether({ address, token, username, password, ssl, tls }: MilvusOptions): void {
  if (address === undefined) throw new InvalidOptionError('address', address, RULES.address.allowed);
  if (token !== undefined && (username ?? password) !== undefined) {
    throw new InvalidOptionError('token', hidden(token), 'left out when username or password is given');
  }
  if (username !== undefined && password === undefined) {
    throw new InvalidOptionError('password', password, 'given together with username');
  }
  if (password !== undefined && username === undefined) {
    throw new InvalidOptionError('username', username, 'given together with password');
  }
  if (ssl === false && (tls !== undefined || /^https/i.test(address))) {
    throw new InvalidOptionError('ssl', ssl, 'left out with tls or an address that starts with https://');
  }
}
