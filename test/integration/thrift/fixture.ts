import EchoService from '../../../examples/thrift/gen-nodejs/EchoService.js';
import { type ServerProcess, startProcess } from '../../../examples/thrift/server-process.js';
import { type ThriftPoolOptions, thriftPool } from '../../../lib/clients/thrift/index.js';
import type { ConnPool } from '../../../lib/pool/conn-pool.js';
import { runWithPool } from '../../support/run-with-pool.js';

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
  const address = { host: '127.0.0.1', port: Number(server.address) };
  await runWithPool(() => thriftPool(EchoService, { ...address, ...options }), test);
}
