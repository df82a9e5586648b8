import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { type TcpPoolOptions, tcpPool } from '../../../lib/clients/tcp/index.js';
import type { ConnPool } from '../../../lib/pool/conn-pool.js';
import { runWithPool } from '../../support/run-with-pool.js';
import { TcpServer, type TcpServerOptions } from '../../support/tcp-server.js';
import { waitFor } from '../../support/wait-for.js';

export const NO_RETRY = { dialRetryCount: 0 };

/** Options of a pool, its address left open. */
export type PoolOptions = Omit<TcpPoolOptions, 'host' | 'port' | 'path'>;

/** Where a pool connects to. */
export type Address = { readonly host?: string; readonly port: number } | { readonly path: string };

/** Runs `test` with a pool, closes it, and sees to it that nothing is left: no connection, no handle. */
export async function withPool(
  address: Address,
  options: PoolOptions,
  test: (pool: ConnPool<Socket>) => unknown,
): Promise<void> {
  await runWithPool(() => tcpPool({ ...address, ...options } as TcpPoolOptions), test);
}

/** Runs `test` with a server and a pool of connections to it. */
export async function withServer(
  server: TcpServerOptions,
  options: PoolOptions,
  test: (pool: ConnPool<Socket>, server: TcpServer) => unknown,
): Promise<void> {
  await using started = await TcpServer.start(server);
  const address =
    server.path === undefined ? { host: started.host, port: started.port } : { path: server.path };
  await withPool(address, options, (pool) => test(pool, started));
}

/** Sends a message and reads as many bytes back. */
export async function echo(socket: Socket, message: string): Promise<string> {
  socket.write(message);
  let answer = '';
  while (answer.length < message.length) {
    const [chunk] = (await once(socket, 'data', { signal: AbortSignal.timeout(5_000) })) as [Buffer];
    answer += chunk.toString('latin1');
  }
  return answer;
}

/** Leaves one connection idle in the pool and gives its socket. */
export async function makeIdle(pool: ConnPool<Socket>): Promise<Socket> {
  const transport = await pool.get();
  const socket = transport.client;
  assert.equal(await echo(socket, 'hello'), 'hello');
  await transport.close();
  assert.equal(pool.stats().idle, 1);
  return socket;
}

/** Waits until the pool has let go of every connection, all of them as broken. */
export async function allBroken(pool: ConnPool<Socket>, count = 1): Promise<void> {
  await waitFor('the connection leaves the pool', () => pool.stats().open === 0);
  assert.equal(pool.stats().closed.broken, count);
}

/** Collects what a pool reports of failed dials and closes. */
export function recordErrors(pool: ConnPool<Socket>): unknown[] {
  const errors: unknown[] = [];
  pool.on('closeError', (error) => errors.push(error));
  pool.on('dialError', (error) => errors.push(error));
  return errors;
}
