import assert from 'node:assert/strict';
import {
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type sendUnaryData,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { ConsistencyLevelEnum, DataType, type MilvusClient } from '@zilliz/milvus2-sdk-node';
import { type MilvusServiceOptions, milvusService } from '../../../examples/milvus/milvus-service.js';
import { type ServerProcess, startProcess } from '../../../examples/thrift/server-process.js';
import {
  MilvusConnectionError,
  type MilvusOptions,
  type MilvusRegistry,
  milvusRegistry,
} from '../../../lib/clients/milvus/index.js';
import { recordHandles } from '../../support/handles.js';
import { within } from '../../support/wait-for.js';

type Handler = (call: ServerUnaryCall<never, unknown>, done: sendUnaryData<unknown>) => void;

/** A server made from the SDK's own protocol definitions, in a process of its own. */
export function startMilvus(...flags: string[]): Promise<ServerProcess> {
  return startProcess(new URL('../../../examples/milvus/server.ts', import.meta.url), flags);
}

/** The same in this process. */
export interface LocalMilvus extends AsyncDisposable {
  readonly address: string;
  /** Connections that ever made a call. */
  readonly peers: Set<string>;
  /** How often each method was called. */
  readonly calls: Map<string, number>;
}

export interface LocalMilvusOptions extends MilvusServiceOptions {
  /** What some methods do instead. */
  readonly instead?: Readonly<Record<string, Handler>>;
  readonly tls?: { readonly cert: string; readonly key: string; readonly clientCa?: string };
}

export async function serveMilvus({
  instead = {},
  tls,
  ...options
}: LocalMilvusOptions = {}): Promise<LocalMilvus> {
  const server = new Server();
  const peers = new Set<string>();
  const calls = new Map<string, number>();
  const { definition, handlers } = milvusService(options);
  const seen = Object.entries({ ...handlers, ...instead }).map(([name, handle]) => {
    const see: Handler = (call, done) => {
      peers.add(call.getPeer());
      calls.set(name, (calls.get(name) ?? 0) + 1);
      (handle as Handler)(call, done);
    };
    return [name, see];
  });
  server.addService(definition, Object.fromEntries(seen) as UntypedServiceImplementation);
  const port = await listen(server, tls);
  return {
    address: `127.0.0.1:${port}`,
    peers,
    calls,
    async [Symbol.asyncDispose]() {
      server.forceShutdown();
    },
  };
}

/** A gRPC server on a free port. */
export function listen(server: Server, tls?: LocalMilvusOptions['tls']): Promise<number> {
  const pair = tls && [{ cert_chain: Buffer.from(tls.cert), private_key: Buffer.from(tls.key) }];
  const clientCa = tls?.clientCa === undefined ? null : Buffer.from(tls.clientCa);
  const credentials =
    pair === undefined
      ? ServerCredentials.createInsecure()
      : ServerCredentials.createSsl(clientCa, pair, clientCa !== null);
  return new Promise((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', credentials, (error, port) =>
      error === null ? resolve(port) : reject(error),
    ),
  );
}

/** Runs `test` with a registry, closes it, and sees to it that no handle is left. */
export async function withMilvus(
  options: Partial<MilvusOptions>,
  test: (registry: MilvusRegistry) => unknown,
): Promise<void> {
  await null; // mocha starts the test's own timer when it has been given the promise
  const handles = recordHandles();
  const registry = milvusRegistry(options);
  try {
    await test(registry);
  } finally {
    await within('the registry closes', registry.close(), { timeoutMs: 10_000 });
  }
  await handles.assertNoneLeft();
}

/** What connecting fails with; the name is free afterwards, and nothing is left. */
export async function refusalOf(options: Partial<MilvusOptions>): Promise<MilvusConnectionError> {
  let error: unknown;
  await withMilvus({ connectTimeoutMs: 5_000, ...options }, async (registry) => {
    error = await failureOf(registry.mustGet('main'));
    assert.equal(registry.has('main'), false);
  });
  assert.ok(error instanceof MilvusConnectionError, String(error));
  assert.equal(error.code, 'ERR_MILVUS_CONNECTION');
  return error;
}

/** What a promise that must fail fails with. */
export async function failureOf(promise: Promise<unknown>): Promise<Error & { code?: unknown }> {
  const outcome = await within(
    'the call ends',
    promise.then(
      () => undefined,
      (error: unknown) => ({ error }),
    ),
    { timeoutMs: 10_000 },
  );
  if (outcome === undefined) assert.fail('expected a failure');
  assert.ok(outcome.error instanceof Error, String(outcome.error));
  return outcome.error;
}

/** A collection of points in the plane. */
export async function createPoints(client: MilvusClient, collection_name: string): Promise<void> {
  await client.createCollection({
    collection_name,
    fields: [
      { name: 'id', data_type: DataType.Int64, is_primary_key: true },
      { name: 'place', data_type: DataType.FloatVector, dim: 2 },
    ],
  });
  await client.createIndex({ collection_name, field_name: 'place', index_type: 'FLAT', metric_type: 'L2' });
  await client.loadCollectionSync({ collection_name });
}

/** The ids of the two points nearest to `data`. */
export async function nearest(
  client: MilvusClient,
  collection_name: string,
  data: number[],
): Promise<string[]> {
  const { results } = await client.search({
    collection_name,
    data,
    limit: 2,
    anns_field: 'place',
    consistency_level: ConsistencyLevelEnum.Strong,
  });
  return results.map(({ id }) => String(id));
}
