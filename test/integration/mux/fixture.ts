import { type ServerProcess, startProcess } from '../../../examples/thrift/server-process.js';
import { type MuxConnection, type MuxPoolOptions, muxPool } from '../../../lib/clients/mux/index.js';
import type { ConnPool } from '../../../lib/pool/conn-pool.js';
import { runWithPool } from '../../support/run-with-pool.js';
import { CODEC } from '../../unit/clients/mux/fixture.js';

export type FramePool = ConnPool<MuxConnection>;

/** Where a server listens: a process, or whatever else has a port. */
export type Address = ServerProcess | { readonly port: number };

/** Starts frame-server.ts in a process of its own. */
export function startFrameServer(...flags: string[]): Promise<ServerProcess> {
  return startProcess(new URL('./frame-server.ts', import.meta.url), flags);
}

/** Runs `test` with a pool, closes it, and sees to it that nothing is left: no connection, no handle. */
export async function withMuxPool(
  server: Address,
  options: Partial<Omit<MuxPoolOptions, 'port' | 'path'>>,
  test: (pool: FramePool) => unknown,
): Promise<void> {
  const port = 'address' in server ? Number(server.address) : server.port;
  await runWithPool(() => muxPool({ host: '127.0.0.1', codec: CODEC, ...options, port }), test);
}

/** One exclusive call: the connection is held until the answer has come. */
export async function ask(connection: MuxConnection, question: string, timeoutMs?: number): Promise<string> {
  return String(
    await connection.request(Buffer.from(question), timeoutMs === undefined ? {} : { timeoutMs }),
  );
}
