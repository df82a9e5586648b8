import { isThriftConnectionError } from '../../clients/thrift/thrift-errors.js';
import { thriftPool } from '../../clients/thrift/thrift-pool.js';
import { Cluster } from '../../cluster/cluster.js';
import type { ConnPool } from '../../pool/conn-pool.js';
import { ConnectionCount } from './connection-count.js';
import * as EchoService from './echo-service.js';

/** The servers of the demo as one, and the pool of each. */
export interface DemoCluster {
  readonly cluster: Cluster<EchoService.Client>;
  readonly pools: readonly ConnPool<EchoService.Client>[];
  readonly connections: ConnectionCount;
}

const REQUEST_TIMEOUT_MS = 2_000;
/** How long a server that fails is left alone: short, as it is back soon. */
const COOLDOWN_MS = 500;

/** A pool of connections to every server, and a cluster that spreads calls over them. */
export function demoCluster(host: string, ports: readonly number[], connections: number): DemoCluster {
  const pools: ConnPool<EchoService.Client>[] = [];
  const count = new ConnectionCount();
  const alone = ports.length === 1;
  const cluster = new Cluster<EchoService.Client>({
    name: 'echo',
    balancer: 'leastLoaded',
    // With nowhere else to go, calls wait for the server to come back: attempts enough to bridge its absence.
    breaker: alone ? false : { maxFails: 3, cooldownMs: COOLDOWN_MS },
    isFailure: isThriftConnectionError,
    connect: ({ id, port }) => {
      const pool = thriftPool(EchoService, {
        host,
        port,
        requestTimeoutMs: REQUEST_TIMEOUT_MS,
        heartbeat: (client) => client.Ping(),
        pool: {
          name: id,
          maxActive: connections,
          dialRetryDelayMs: 100,
          dialRetryCount: alone ? 6 : 0,
        },
      });
      pools.push(pool);
      count.watch(pool);
      return pool;
    },
  });
  for (const port of ports) cluster.addEndpoint({ id: `${host}:${port}`, host, port });
  return { cluster, pools, connections: count };
}

/** Ordinary calls, and now and then one that the service refuses: an error that says nothing of the connection. */
export async function echo(cluster: Cluster<EchoService.Client>, n: number): Promise<void> {
  const message = n % REFUSED_ONE_IN === 0 ? `refuse: ${n}` : `hello ${n}`;
  const answer = await cluster.do((client) => client.Echo(message), { method: 'Echo' });
  if (answer !== message) throw new Error(`wrong answer: sent '${message}', got '${answer}'`);
}

const REFUSED_ONE_IN = 100;
