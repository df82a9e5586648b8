import assert from 'node:assert/strict';
import { type ServerProcess, startProcess } from '../../../examples/thrift/server-process.js';
import { type MuxConnection, type MuxPoolOptions, muxPool } from '../../../lib/clients/mux/index.js';
import type { ConnPool } from '../../../lib/pool/conn-pool.js';
import { recordHandles } from '../../support/handles.js';
import { within } from '../../support/wait-for.js';
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
  await null; // mocha starts the test's own timer when it has been given the promise
  const handles = recordHandles();
  const port = 'address' in server ? Number(server.address) : server.port;
  const pool = muxPool({ host: '127.0.0.1', codec: CODEC, ...options, port });
  try {
    await within('the test ends', Promise.resolve(test(pool)), { timeoutMs: 15_000 });
  } finally {
    await within('the pool closes', pool.close());
  }
  const { open, dialing, closing, waiting } = pool.stats();
  assert.deepEqual({ open, dialing, closing, waiting }, { open: 0, dialing: 0, closing: 0, waiting: 0 });
  await handles.assertNoneLeft();
}

/** One exclusive call: the connection is held until the answer has come. */
export async function ask(connection: MuxConnection, question: string, timeoutMs?: number): Promise<string> {
  return String(
    await connection.request(Buffer.from(question), timeoutMs === undefined ? {} : { timeoutMs }),
  );
}
