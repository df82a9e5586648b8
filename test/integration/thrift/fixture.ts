import assert from 'node:assert/strict';
import EchoService from '../../../examples/thrift/gen-nodejs/EchoService.js';
import { type ServerProcess, startProcess } from '../../../examples/thrift/server-process.js';
import { type ThriftPoolOptions, thriftPool } from '../../../lib/clients/thrift/index.js';
import type { ConnPool } from '../../../lib/pool/conn-pool.js';
import { recordHandles } from '../../support/handles.js';
import { within } from '../../support/wait-for.js';

export type EchoClient = InstanceType<typeof EchoService.Client>;
export type EchoPool = ConnPool<EchoClient>;

/** Starts hostile-server.ts in a process of its own. */
export function startHostileServer(...flags: string[]): Promise<ServerProcess> {
  return startProcess(new URL('./hostile-server.ts', import.meta.url), flags);
}

/** Starts testbed-server.ts in a process of its own. */
export function startTestbedServer(...flags: string[]): Promise<ServerProcess> {
  return startProcess(new URL('./testbed-server.ts', import.meta.url), flags);
}

/**
 * Runs `test` with a pool of echo clients, closes the pool, and sees to it that nothing is left: no connection,
 * no handle.
 */
export async function withEchoPool(
  server: ServerProcess,
  options: Partial<ThriftPoolOptions<EchoClient>>,
  test: (pool: EchoPool) => unknown,
): Promise<void> {
  await null; // mocha starts the test's own timer when it has been given the promise
  const handles = recordHandles();
  const pool = thriftPool(EchoService, { host: '127.0.0.1', port: Number(server.address), ...options });
  try {
    await test(pool);
  } finally {
    await within('the pool closes', pool.close());
  }
  const { open, dialing, closing, waiting } = pool.stats();
  assert.deepEqual({ open, dialing, closing, waiting }, { open: 0, dialing: 0, closing: 0, waiting: 0 });
  await handles.assertNoneLeft();
}
