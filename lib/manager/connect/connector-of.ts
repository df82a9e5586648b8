import { connectGrpc } from './connect-grpc.js';
import { connectTcp } from './connect-tcp.js';
import { connectThrift } from './connect-thrift.js';
import type { Connector, ConnectorContext } from './connector.js';

/**
 * What connects to the endpoints of a service.
 * @throws ServiceSetupError, InvalidOptionError
 */
export async function connectorOf(context: ConnectorContext): Promise<Connector> {
  switch (context.config.protocol) {
    case 'grpc':
      return connectGrpc(context);
    case 'thrift':
      return connectThrift(context);
    case 'tcp':
      return connectTcp(context);
  }
}
