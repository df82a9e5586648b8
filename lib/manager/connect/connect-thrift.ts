import { CallTimeoutError } from '../../middleware/timeout.js';
import { ServiceSetupError } from '../errors.js';
import { loadPeer } from '../load-peer.js';
import { socketTls } from '../tls-files.js';
import { connectTcp } from './connect-tcp.js';
import type { Connector, ConnectorContext } from './connector.js';

/** Pools of Thrift clients; of plain connections when there is no generated service to make clients of. */
export async function connectThrift(context: ConnectorContext): Promise<Connector> {
  const { config, tls, client: service } = context;
  if (service === undefined) return connectTcp(context);
  const { clientClassOf, isThriftConnectionError, thriftPool } = await loadPeer('Thrift', ['thrift'], load);
  // Once here, rather than at every endpoint.
  const Client = clientClassOf(service);
  const { transport, wireProtocol: protocol, requestTimeout, client } = config;
  const heartbeat = client?.heartbeat === undefined ? undefined : methodCaller(Client, client.heartbeat);
  return {
    connect: ({ host = '127.0.0.1', port }, pool) =>
      thriftPool(service as never, {
        host,
        port: port!,
        transport,
        protocol,
        requestTimeoutMs: requestTimeout,
        ...(heartbeat === undefined ? {} : { heartbeat }),
        ...(tls === undefined ? {} : { tls: socketTls(tls) }),
        pool,
      }),
    ask: heartbeat,
    // Exceptions of the service are answers.
    isFailure: (error) => error instanceof CallTimeoutError || isThriftConnectionError(error),
  };
}

async function load() {
  const [{ isThriftConnectionError, thriftPool }, { clientClassOf }] = await Promise.all([
    import('../../clients/thrift/index.js'),
    import('../../clients/thrift/thrift-options.js'),
  ]);
  return { clientClassOf, isThriftConnectionError, thriftPool };
}

/** @throws ServiceSetupError when the service has no such method */
function methodCaller(
  { prototype }: { readonly prototype: object },
  method: string,
): (client: unknown) => unknown {
  if (typeof (prototype as Record<string, unknown>)[method] !== 'function') {
    throw new ServiceSetupError(`client.heartbeat: the service has no method '${method}'`);
  }
  return (client) => (client as Record<string, () => unknown>)[method]!();
}
