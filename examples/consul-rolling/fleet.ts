import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Discovery, fileDiscovery } from 'connpool';
import { consulDiscovery } from 'connpool/consul';
import { type ServerProcess, startProcess } from '../thrift/server-process.js';
import { SERVICE } from './service.js';

/** Servers that clients find by discovery. */
export interface Fleet {
  /** Where clients find them. */
  readonly discovery: Discovery;
  /** Starts a server, which clients then find. */
  start(): Promise<ServerProcess>;
  /** Ends a server once its clients have left. */
  retire(server: ServerProcess): Promise<void>;
  /** Removes what the fleet needed beside its servers. */
  end(): Promise<void>;
}

const SERVER = new URL('./server.ts', import.meta.url);

/** Servers that register themselves in Consul, and take themselves out. */
export function consulFleet(consul: string): Fleet {
  return {
    discovery: consulDiscovery({ address: consul, service: SERVICE, weightMetaKey: 'balanceFactor' }),
    start: () => startProcess(SERVER, ['--consul', consul]),
    retire: (server) => server.stop(),
    end: async () => {},
  };
}

/** Servers in a file, which is replaced as a whole for each change. */
export async function fileFleet(): Promise<Fleet> {
  const dir = await mkdtemp(join(tmpdir(), 'connpool-rolling-'));
  const path = join(dir, 'endpoints.json');
  const servers = new Set<ServerProcess>();
  const write = async () => {
    const endpoints = [...servers].map(({ address }) => {
      return { id: `127.0.0.1:${address}`, host: '127.0.0.1', port: Number(address) };
    });
    await writeFile(`${path}.new`, JSON.stringify(endpoints));
    await rename(`${path}.new`, path);
  };
  return {
    discovery: fileDiscovery(path),
    start: async () => {
      const server = await startProcess(SERVER, []);
      servers.add(server);
      await write();
      return server;
    },
    retire: async (server) => {
      servers.delete(server);
      if (servers.size > 0) await write();
      await server.stop();
    },
    end: () => rm(dir, { recursive: true }),
  };
}
