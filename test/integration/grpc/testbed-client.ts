import { fileURLToPath } from 'node:url';
import {
  type CallOptions,
  type Client,
  type ClientDuplexStream,
  type ClientReadableStream,
  type ClientUnaryCall,
  type ClientWritableStream,
  loadPackageDefinition,
  makeClientConstructor,
  type ServiceDefinition,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import type { GrpcClientClass, UnaryCallback } from '../../../lib/clients/grpc/index.js';

export interface Message {
  text: string;
  times?: number;
}
type Done = UnaryCallback<Message>;

/** What a code generator with types makes of testbed.proto. */
export interface TestbedClient extends Client {
  echo(request: Message, done: Done): ClientUnaryCall;
  echo(request: Message, options: CallOptions, done: Done): ClientUnaryCall;
  collect(done: Done): ClientWritableStream<Message>;
  collect(options: CallOptions, done: Done): ClientWritableStream<Message>;
  repeat(request: Message, options?: CallOptions): ClientReadableStream<Message>;
  chat(options?: CallOptions): ClientDuplexStream<Message, Message>;
}

interface TestbedPackage {
  connpool: { testbed: { Testbed: GrpcClientClass<TestbedClient> & { service: ServiceDefinition } } };
}

const path = fileURLToPath(new URL('./testbed.proto', import.meta.url));
const loaded = loadPackageDefinition(loadSync(path)) as unknown as TestbedPackage;

/** The client class as `loadPackageDefinition` makes it at run time. */
export const LoadedTestbed = loaded.connpool.testbed.Testbed;

const json = {
  requestStream: false,
  responseStream: false,
  requestSerialize: (message: Message) => Buffer.from(JSON.stringify(message)),
  requestDeserialize: (bytes: Buffer) => JSON.parse(bytes.toString()) as Message,
  responseSerialize: (message: Message) => Buffer.from(JSON.stringify(message)),
  responseDeserialize: (bytes: Buffer) => JSON.parse(bytes.toString()) as Message,
};

/** A service as static code generators write it: no proto at run time, serializers of its own. */
export const staticService = { echo: { ...json, path: '/connpool.testbed.Static/Echo' } };

/** The client class of {@link staticService}. */
export const StaticTestbed = makeClientConstructor(
  staticService,
  'connpool.testbed.Static',
) as unknown as GrpcClientClass<Pick<TestbedClient, 'echo'> & Client>;
