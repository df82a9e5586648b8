import assert from 'node:assert/strict';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type EchoServer,
  type EchoServerOptions,
  startEchoServer,
} from '../../../examples/thrift/echo-server.js';
import EchoService from '../../../examples/thrift/gen-nodejs/EchoService.js';
import type { DoOptions } from '../../../lib/cluster/do-options.js';
import type { ManagerConfigInput } from '../../../lib/manager/config/schema.js';
import type { PoolManagerOptions } from '../../../lib/manager/manager-options.js';
import { PoolManager } from '../../../lib/manager/pool-manager.js';
import { type RecordedHandles, recordHandles } from '../../support/handles.js';
import { within } from '../../support/wait-for.js';
import { LineServer } from '../cluster/line-server.js';
import { echo as grpcEcho } from '../grpc/fixture.js';
import { startTestbed, type Testbed, type TestbedOptions } from '../grpc/testbed.js';
import { LoadedTestbed, type TestbedClient } from '../grpc/testbed-client.js';

export type ServiceInput = ManagerConfigInput['services'][string];
type EchoClient = InstanceType<typeof EchoService.Client>;

/** The client classes of the test servers. */
export const clients = { users: LoadedTestbed, search: EchoService };

/** One call of each protocol, as an app would write it. */
export const calls = {
  grpc: (manager: PoolManager, text: string, service = 'users', options?: DoOptions): Promise<string> =>
    manager.do(service, (client: TestbedClient) => grpcEcho(client, text), options),
  thrift: (manager: PoolManager, text: string, service = 'search', options?: DoOptions): Promise<string> =>
    manager.do(service, (client: EchoClient) => client.Echo(text), options),
  tcp: (manager: PoolManager, text: string, service = 'lines', options?: DoOptions): Promise<string> =>
    manager.do(service, (socket: Socket) => ask(socket, text), options),
};

/** One question to a {@link LineServer}; fails when the connection does. */
export function ask(socket: Socket, line: string): Promise<string> {
  return new Promise((resolve, reject) => {
    if (socket.destroyed) return reject(new Error('the connection is closed'));
    const settle = (end: () => void) => {
      socket.off('data', onData).off('close', onClose);
      end();
    };
    const onData = (data: Buffer) => settle(() => resolve(data.toString().trim()));
    const onClose = () => settle(() => reject(new Error('the server closed the connection')));
    socket.on('data', onData).on('close', onClose).write(`${line}\n`);
  });
}

/** Where one of the test's servers listens. */
export const at = (server: { readonly port: number } | EchoServer): string =>
  `127.0.0.1:${'port' in server ? server.port : server.address}`;

/** Endpoints that the config itself names. */
export const staticAt = (...servers: Parameters<typeof at>[0][]) => ({
  type: 'static' as const,
  endpoints: servers.map(at),
});

/** Limits of pools that a test can count. */
export const smallPool = { initialSize: 1, maxActive: 4, connectRetries: 0, connectTimeout: '2s' } as const;

/** The servers and managers of one test; `end` sees to it that nothing of them is left. */
export class Testing {
  readonly #ends: (() => Promise<unknown>)[] = [];
  #handles!: RecordedHandles;
  folder = '';

  async begin(): Promise<void> {
    // mocha starts the test's own timer when it has been given the promise
    await new Promise(setImmediate);
    this.#handles = recordHandles();
    this.folder = await mkdtemp(join(tmpdir(), 'connpool-manager-'));
  }

  async end(): Promise<void> {
    for (const end of this.#ends.splice(0).reverse()) await within('everything ends', end());
    await rm(this.folder, { recursive: true });
    await this.#handles.assertNoneLeft();
  }

  /** Runs at the end, before what was there earlier ends. */
  atEnd(end: () => Promise<unknown>): void {
    this.#ends.push(end);
  }

  async grpc(options?: TestbedOptions): Promise<Testbed> {
    const server = await startTestbed(options);
    this.atEnd(async () => server.kill());
    return server;
  }

  async thrift(options?: EchoServerOptions): Promise<EchoServer> {
    const server = await startEchoServer(options);
    this.atEnd(() => server.close());
    return server;
  }

  async lines(name = 'one'): Promise<LineServer> {
    const server = await new LineServer(name).start();
    this.atEnd(() => server.kill());
    return server;
  }

  /** A manager that is stopped at the end. */
  manager(config: ManagerConfigInput | string, options: PoolManagerOptions = { clients }): PoolManager {
    const manager = new PoolManager(config, options);
    this.atEnd(() => manager.stop({ timeoutMs: 0 }));
    return manager;
  }

  async started(config: ManagerConfigInput | string, options?: PoolManagerOptions): Promise<PoolManager> {
    const manager = this.manager(config, options);
    await manager.start();
    return manager;
  }

  /** Writes a file as a deployment does, by renaming; gives its path. */
  async write(name: string, content: string | object): Promise<string> {
    const path = join(this.folder, name);
    await writeFile(`${path}.new`, typeof content === 'string' ? content : JSON.stringify(content));
    await rename(`${path}.new`, path);
    return path;
  }
}

/** What a promise that must fail fails with. */
export async function failureOf(promise: Promise<unknown>): Promise<Error & { code?: unknown }> {
  const outcome = await promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if (!('error' in outcome)) assert.fail(`expected a failure, got ${String(outcome.value)}`);
  assert.ok(outcome.error instanceof Error);
  return outcome.error;
}

/** The state of every service, and why it is not ready. */
export function states(manager: PoolManager): Record<string, string> {
  return Object.fromEntries(
    manager
      .services()
      .map(({ name, state, reason }) => [name, reason === undefined ? state : `${state}: ${reason}`]),
  );
}
