import { type Balancer, Cluster, type Discovery, weightedRoundRobin } from 'connpool';
import { consulDiscovery } from 'connpool/consul';
import { type MuxConnection, mindAlpha, muxPool, muxRequest } from 'connpool/mux';

/** Options of {@link mindAlphaPool}. */
export interface MindAlphaPoolOptions {
  /** Consul's `host:port` or URL. */
  readonly consulAddr: string;
  /** The name under which the servers are registered. */
  readonly service: string;
  /** Connections to each server at most. @default 30 */
  readonly maxConnNumPerAddr?: number;
}

/** The key under which a server registers its weight. */
const WEIGHT_KEY = 'balanceFactor';

/** What a server weighs that registers no weight, or none that can be read. */
export const DEFAULT_WEIGHT = 200;

const DEFAULT_MAX_CONN_NUM_PER_ADDR = 30;

/**
 * A client of all servers of one MindAlpha-Serving service: Consul says where they are and what they weigh, each
 * gets its share of the requests, and many requests share a connection.
 */
export function mindAlphaPool(options: MindAlphaPoolOptions): Cluster<MuxConnection> {
  const { consulAddr, service, maxConnNumPerAddr } = options;
  const discovery = consulDiscovery({
    address: consulAddr,
    service,
    weightMetaKey: WEIGHT_KEY,
    defaultWeight: DEFAULT_WEIGHT,
  });
  return mindAlphaCluster(discovery, maxConnNumPerAddr);
}

/** The same for servers that something else than Consul knows. */
export function mindAlphaCluster(
  discovery: Discovery,
  maxConnNumPerAddr = DEFAULT_MAX_CONN_NUM_PER_ADDR,
): Cluster<MuxConnection> {
  const balancer: Balancer = weightedRoundRobin();
  return new Cluster<MuxConnection>({
    name: 'mindalpha',
    discovery,
    balancer,
    connect: ({ host = '127.0.0.1', port = 0 }) =>
      muxPool({ host, port, codec: mindAlpha(), pool: { maxActive: maxConnNumPerAddr } }),
  });
}

/** Asks one of the servers. The data is what the service takes and gives (FlatBuffers, with the real one). */
export function predict(
  pool: Cluster<MuxConnection>,
  data: Uint8Array,
  options?: { signal?: AbortSignal; timeoutMs?: number },
): Promise<Buffer> {
  return muxRequest(pool, data, options);
}
