import type { MilvusClient } from '@zilliz/milvus2-sdk-node';
import { ClientRegistry } from '../../registry/client-registry.js';
import { MilvusConnection } from './milvus-connection.js';
import { checkMilvusOptions, type MilvusOptions, resolveMilvusOptions } from './milvus-options.js';

/** Clients of the Milvus SDK by name. */
export type MilvusRegistry = ClientRegistry<MilvusClient, Partial<MilvusOptions> | undefined>;

/**
 * A registry of clients of `@zilliz/milvus2-sdk-node`. `mustGet(name, options)` gives the client of that name, connected,
 * and makes it when there is none; everybody who asks for the name shares it. Each is one TCP connection, with many
 * calls on it at once, unless the option `pool` asks for more. `remove(name)` and `close()` let calls under way end, for
 * `closeTimeoutMs` at most, and leave no socket and no timer.
 *
 * A client that cannot connect within `connectTimeoutMs` fails with a `MilvusConnectionError` that says why. One that
 * is connected finds back to a server that was restarted by itself.
 *
 * @example
 * const registry = milvusRegistry({ address: 'milvus.example:19530', token: process.env.MILVUS_TOKEN });
 * const client = await registry.mustGet('articles', { database: 'articles' });
 * const found = await client.search({ collection_name: 'texts', data: [0.1, 0.2, 0.3, 0.4], limit: 3 });
 *
 * @param defaults options of every client, which its own options override: one by one, but credentials (`token`,
 * `username`, `password`) and encryption (`ssl`, `tls`) as a whole
 * @throws InvalidOptionError, also as a rejection of `mustGet` and `add`; it never shows a password or token
 */
export function milvusRegistry(defaults: Partial<MilvusOptions> = {}): MilvusRegistry {
  checkMilvusOptions(defaults);
  const common = Object.freeze({ ...defaults });
  const connections = new Map<MilvusClient, MilvusConnection>();
  return new ClientRegistry<MilvusClient, Partial<MilvusOptions> | undefined>({
    async create(name, options = {}) {
      const connection = await MilvusConnection.open(resolveMilvusOptions(name, common, options));
      connections.set(connection.client, connection);
      return connection.client;
    },
    async close(client) {
      const connection = connections.get(client);
      connections.delete(client);
      await connection?.close();
    },
  });
}
