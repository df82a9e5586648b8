import { tcpPool } from '../../clients/tcp/tcp-pool.js';
import { socketTls } from '../tls-files.js';
import type { Connector, ConnectorContext } from './connector.js';

/** What the system takes as the pause between keepalives, ms. */
const KEEPALIVE_MS = { least: 1_000, most: 32_767_000 };

/** Pools of sockets. */
export function connectTcp({ config, tls }: ConnectorContext): Connector {
  const { least, most } = KEEPALIVE_MS;
  const keepAliveMs = Math.min(most, Math.max(least, config.pool.keepalive));
  return {
    connect: ({ host = '127.0.0.1', port }, pool) =>
      tcpPool({
        host,
        port: port!,
        keepAliveMs,
        ...(tls === undefined ? {} : { tls: socketTls(tls) }),
        pool,
      }),
  };
}
