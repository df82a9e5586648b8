import assert from 'node:assert/strict';
import type { Client, ServiceError, status } from '@grpc/grpc-js';
import { type ServerProcess, startProcess } from '../../../examples/thrift/server-process.js';
import {
  type GrpcClientClass,
  type GrpcPoolOptions,
  grpcPool,
  unary,
} from '../../../lib/clients/grpc/index.js';
import type { ConnPool } from '../../../lib/pool/conn-pool.js';
import type { GetOptions } from '../../../lib/pool/options.js';
import { failureOf } from '../../support/failure-of.js';
import { runWithPool } from '../../support/run-with-pool.js';
import { LoadedTestbed, type Message, type TestbedClient } from './testbed-client.js';

export type TestbedPool = ConnPool<TestbedClient>;

/** Starts testbed-server.ts in a process of its own. */
export function startTestbedProcess(...flags: string[]): Promise<ServerProcess> {
  return startProcess(new URL('./testbed-server.ts', import.meta.url), flags);
}

/** Where a server on this machine listens. */
export function addressOf({ port }: { readonly port: number }): string {
  return `127.0.0.1:${port}`;
}

/** A text of the testbed server's, sent and given back by one client. */
export async function echo(
  client: Pick<TestbedClient, 'echo'>,
  text: string,
  deadline?: number,
): Promise<string> {
  const options = deadline === undefined ? {} : { deadline };
  return (await unary<Message>((done) => client.echo({ text }, options, done))).text;
}

/** The same by way of a pool. */
export function echoVia(
  pool: { do<R>(fn: (client: TestbedClient) => Promise<R>, o?: GetOptions): Promise<R> },
  text: string,
  options?: GetOptions,
): Promise<string> {
  return pool.do((client) => echo(client, text), options);
}

/**
 * Runs `test` with a pool of `address`, closes the pool, and sees to it that nothing is left: no connection, no
 * handle.
 */
export async function withPool(
  address: string,
  options: Partial<GrpcPoolOptions<TestbedClient>> & { streamsPerConnection?: undefined },
  test: (pool: TestbedPool) => unknown,
): Promise<void> {
  await usePool(LoadedTestbed, { address, ...options }, test);
}

/** The same for any client class. */
export async function usePool<TClient extends Client>(
  ClientCtor: GrpcClientClass<TClient>,
  options: GrpcPoolOptions<TClient> & { streamsPerConnection?: undefined },
  test: (pool: ConnPool<TClient>) => unknown,
): Promise<void> {
  await runWithPool(() => grpcPool(ClientCtor, options), test);
}

/** Asserts that a promise fails with a gRPC status. */
export async function assertStatus(promise: Promise<unknown>, code: status): Promise<ServiceError> {
  const error = (await failureOf(promise)) as ServiceError;
  assert.equal(error.code, code, error.message);
  return error;
}

/** Asserts that `what` takes less than a human would notice on a busy machine. */
export async function promptly<T>(what: Promise<T>): Promise<T> {
  const startedAt = performance.now();
  const result = await what;
  assert.ok(performance.now() - startedAt < 2_000, 'it took too long');
  return result;
}
