import type { Channel, ChannelCredentials, ClientOptions } from '@grpc/grpc-js';
import { getGRPCService, LOADER_OPTIONS } from '@zilliz/milvus2-sdk-node';

/** Loaded when first needed: the definitions are large. */
let Service: ReturnType<typeof getGRPCService> | undefined;

/**
 * Makes a channel that stays closed. The SDK asks a channel that it has closed for its state in a way that makes grpc-js
 * connect once more, and nobody would ever close that connection. Made with the SDK's own copy of grpc-js, which takes
 * no credentials of another one.
 */
export function openClosableChannel(
  address: string,
  credentials: ChannelCredentials,
  options: ClientOptions,
): Channel {
  Service ??= getGRPCService({ serviceName: 'milvus.proto.milvus.MilvusService' } as never, LOADER_OPTIONS);
  const channel = new Service(address, credentials, options).getChannel() as Channel;
  const close = channel.close.bind(channel);
  const getState = channel.getConnectivityState.bind(channel);
  let isClosed = false;
  channel.close = () => {
    isClosed = true;
    close();
  };
  channel.getConnectivityState = (tryToConnect) => getState(tryToConnect && !isClosed);
  return channel;
}
