import { Cluster, type Endpoint, retry, staticDiscovery, timeout } from 'connpool';
import { isThriftConnectionError, thriftPool } from 'connpool/thrift';
import EchoService from '../thrift/gen-nodejs/EchoService.js';
import { EchoError } from '../thrift/gen-nodejs/echo_types.js';

export type EchoClient = InstanceType<typeof EchoService.Client>;

/** A pool per server, calls to whichever has the least to do; echoes are safe to send twice, so they are retried. */
export function echoCluster(endpoints: readonly Endpoint[]): Cluster<EchoClient> {
  return new Cluster<EchoClient>({
    name: 'echo',
    discovery: staticDiscovery(endpoints),
    connect: ({ id, host = '127.0.0.1', port = 9090 }) =>
      thriftPool(EchoService, {
        host,
        port,
        requestTimeoutMs: 500,
        heartbeat: (client) => client.Ping(),
        pool: { name: `echo/${id}`, maxActive: 8, dialTimeoutMs: 500, dialRetryCount: 0 },
      }),
    balancer: 'leastLoaded',
    breaker: { maxFails: 5, cooldownMs: 300 },
    // The exception that the IDL declares is an answer, not a failure of the server.
    isFailure: (error) => !(error instanceof EchoError),
  })
    .use(timeout({ timeoutMs: 2_000 }))
    .use(retry({ retries: 2, delayMs: 20, isRetryable: isThriftConnectionError }));
}
