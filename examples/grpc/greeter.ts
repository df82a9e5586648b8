// The client class and the types of greeter.proto. `loadPackageDefinition` makes the class at run time and knows no
// types; a generator such as proto-loader-gen-types or ts-proto writes what stands here by hand.
import { fileURLToPath } from 'node:url';
import {
  type CallOptions,
  type ChannelCredentials,
  type Client,
  type ClientReadableStream,
  type ClientUnaryCall,
  loadPackageDefinition,
  type requestCallback,
  type ServiceDefinition,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

export interface HelloRequest {
  name: string;
}
export interface HellosRequest extends HelloRequest {
  times: number;
}
export interface HelloReply {
  message: string;
}

export interface GreeterClient extends Client {
  sayHello(request: HelloRequest, done: requestCallback<HelloReply>): ClientUnaryCall;
  sayHello(request: HelloRequest, options: CallOptions, done: requestCallback<HelloReply>): ClientUnaryCall;
  sayHellos(request: HellosRequest, options?: CallOptions): ClientReadableStream<HelloReply>;
}

interface GreeterPackage {
  greeter: {
    Greeter: {
      new (address: string, credentials: ChannelCredentials): GreeterClient;
      service: ServiceDefinition;
    };
  };
}

const proto = fileURLToPath(new URL('./greeter.proto', import.meta.url));
const loaded = loadPackageDefinition(loadSync(proto)) as unknown as GreeterPackage;

export const { Greeter } = loaded.greeter;
