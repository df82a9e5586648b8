import { fromJSON, type MethodDefinition, type ServiceDefinition } from '@grpc/proto-loader';

/** A key and its value; revisions are decimal numbers of up to 64 bits. */
export interface KeyValue {
  readonly key: Buffer;
  readonly value: Buffer;
  readonly mod_revision: string;
}

/** What every answer begins with. */
interface ResponseHeader {
  readonly revision: string;
}

/** A range of keys: from `key` up to, and without, `range_end`. */
export interface KeyRange {
  readonly key: Buffer;
  readonly range_end: Buffer;
}

/** The keys there are. */
export interface RangeResponse {
  readonly header: ResponseHeader | null;
  readonly kvs: readonly KeyValue[];
}

/** One change of a key; of a deleted one only the key is told. */
export interface WatchEvent {
  readonly type: 'PUT' | 'DELETE';
  readonly kv: KeyValue | null;
}

/** What a watch tells: that it stands, that it ended, or what changed. */
export interface WatchResponse {
  readonly created: boolean;
  readonly canceled: boolean;
  /** Not '0' when the watch ended because what it asked for is compacted away. */
  readonly compact_revision: string;
  readonly cancel_reason: string;
  readonly events: readonly WatchEvent[];
}

/** A watch that begins at `start_revision`. */
export interface WatchRequest {
  readonly create_request: KeyRange & { readonly start_revision: string; readonly fragment: boolean };
}

/** A user and their password. */
export interface AuthenticateRequest {
  readonly name: string;
  readonly password: string;
}

/** What stands for the user from then on. */
export interface AuthenticateResponse {
  readonly token: string;
}

type Fields = Readonly<Record<string, readonly [type: string, id: number]>>;

/** A message as protobufjs describes it; types that end in [] are lists. */
function message(fields: Fields): { fields: Record<string, { type: string; id: number }> } {
  const described = Object.entries(fields).map(([name, [type, id]]) => [
    name,
    type.endsWith('[]') ? { rule: 'repeated', type: type.slice(0, -2), id } : { type, id },
  ]);
  return { fields: Object.fromEntries(described) };
}

const method = (requestType: string, responseType: string, isStream = false) => ({
  requestType,
  responseType,
  requestStream: isStream,
  responseStream: isStream,
  comment: '',
});

/** The part of etcd's version 3 interface that is used here. Fields nobody reads are left out. */
const KEY_VALUES = {
  KeyValue: message({ key: ['bytes', 1], mod_revision: ['int64', 3], value: ['bytes', 5] }),
  Event: {
    ...message({ type: ['EventType', 1], kv: ['KeyValue', 2] }),
    nested: { EventType: { values: { PUT: 0, DELETE: 1 } } },
  },
};

const SERVER = {
  ResponseHeader: message({ revision: ['int64', 3] }),
  RangeRequest: message({ key: ['bytes', 1], range_end: ['bytes', 2] }),
  RangeResponse: message({ header: ['ResponseHeader', 1], kvs: ['mvccpb.KeyValue[]', 2] }),
  WatchRequest: message({ create_request: ['WatchCreateRequest', 1] }),
  WatchCreateRequest: message({
    key: ['bytes', 1],
    range_end: ['bytes', 2],
    start_revision: ['int64', 3],
    fragment: ['bool', 8],
  }),
  WatchResponse: message({
    created: ['bool', 3],
    canceled: ['bool', 4],
    compact_revision: ['int64', 5],
    cancel_reason: ['string', 6],
    events: ['mvccpb.Event[]', 11],
  }),
  AuthenticateRequest: message({ name: ['string', 1], password: ['string', 2] }),
  AuthenticateResponse: message({ token: ['string', 2] }),
  KV: { methods: { Range: method('RangeRequest', 'RangeResponse') } },
  Watch: { methods: { Watch: method('WatchRequest', 'WatchResponse', true) } },
  Auth: { methods: { Authenticate: method('AuthenticateRequest', 'AuthenticateResponse') } },
};

const definitions = fromJSON(
  { nested: { mvccpb: { nested: KEY_VALUES }, etcdserverpb: { nested: SERVER } } },
  { keepCase: true, longs: String, enums: String, defaults: true },
);

function methodOf<TRequest extends object, TResponse extends object>(service: string, name: string) {
  const methods = definitions[`etcdserverpb.${service}`] as ServiceDefinition;
  return methods[name] as unknown as MethodDefinition<TRequest, TResponse>;
}

/** Gives the keys there are. */
export const RANGE = methodOf<KeyRange, RangeResponse>('KV', 'Range');
/** Tells of every change of keys. */
export const WATCH = methodOf<WatchRequest, WatchResponse>('Watch', 'Watch');
/** Gives a token for a password. */
export const AUTHENTICATE = methodOf<AuthenticateRequest, AuthenticateResponse>('Auth', 'Authenticate');
