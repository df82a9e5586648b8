import { createServer } from 'node:http';
import {
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
} from '@grpc/grpc-js';
import { DataType } from '@zilliz/milvus2-sdk-node';
import type { Context } from 'mocha';
import { Greeter, type HelloReply, type HellosRequest } from '../../../examples/grpc/greeter.js';
import { listen } from '../../../examples/http-clients/listen.js';
import { startWeatherServer } from '../../../examples/http-clients/weather-server.js';
import { milvusService } from '../../../examples/milvus/milvus-service.js';
import { startEchoServer } from '../../../examples/thrift/echo-server.js';
import { startProcess } from '../../../examples/thrift/server-process.js';
import { milvusRegistry } from '../../../lib/clients/milvus/index.js';
import { type ConsulAgent, requireConsul } from '../../support/consul-agent.js';
import { DnsServer } from '../../support/dns-server.js';
import { type RedisServer, requireRedis } from '../../support/redis-server.js';
import { TcpServer } from '../../support/tcp-server.js';
import { tlsFixture } from '../../support/tls.js';

/** Real servers on loopback for what the documents show, each started when the first block asks for it. */
export class BlockServers {
  readonly #started = new Map<string, Promise<unknown>>();
  readonly #ends: (() => unknown)[] = [];

  /** The ports of two echo servers for raw TCP. */
  echoes(): Promise<[number, number]> {
    return this.#both('echo', async () => {
      const server = await TcpServer.start();
      this.#ends.push(() => server.close());
      return server.port;
    });
  }

  /** The port of the echo service of the Thrift example, framed. */
  thrift(): Promise<number> {
    return this.#once('thrift', async () => {
      const server = await startEchoServer({ port: 0, transport: 'framed' });
      this.#ends.push(() => server.close());
      return Number(server.address);
    });
  }

  /** The ports of two greeters of the gRPC example. */
  greeters(): Promise<[number, number]> {
    return this.#both('greeter', () => this.#greeter(ServerCredentials.createInsecure()));
  }

  /** The port of a greeter over TLS. */
  tlsGreeter(): Promise<number> {
    return this.#once('tlsGreeter', async () => {
      const { key, cert } = (await tlsFixture()).server;
      const pair = { private_key: Buffer.from(key), cert_chain: Buffer.from(cert) };
      return this.#greeter(ServerCredentials.createSsl(null, [pair]));
    });
  }

  /** The port of the Milvus example's stand-in, with the collection `texts` in it. */
  milvus(): Promise<number> {
    return this.#once('milvus', async () => {
      const { definition, handlers } = milvusService({ user: 'root:Milvus' });
      const server = new Server();
      server.addService(definition, handlers);
      const port = await this.#bind(server, ServerCredentials.createInsecure());
      await using registry = milvusRegistry({ address: `127.0.0.1:${port}`, token: 'root:Milvus' });
      const client = await registry.mustGet('seed');
      await client.createCollection({
        collection_name: 'texts',
        fields: [
          { name: 'id', data_type: DataType.Int64, is_primary_key: true },
          { name: 'vector', data_type: DataType.FloatVector, dim: 3 },
        ],
      });
      const data = [1, 2, 3, 4].map((id) => ({ id, vector: [id / 10, 0.2, 0.3] }));
      await client.insert({ collection_name: 'texts', data });
      return port;
    });
  }

  /** The port of a server that answers frames of a length of 4 bytes and an id of 8 with themselves. */
  frames(): Promise<number> {
    return this.#once('frames', () => this.#process('../mux/frame-server.ts'));
  }

  /** The port of the MindAlpha example's server. */
  mindAlpha(): Promise<number> {
    return this.#once('mindAlpha', () => this.#process('../../../examples/mindalpha/server.ts'));
  }

  /** The URLs of two weather servers of the HTTP example. */
  weather(): Promise<[string, string]> {
    return this.#both('weather', async () => {
      const server = await startWeatherServer();
      this.#ends.push(() => server.close());
      return server.url;
    });
  }

  /** The URL of an HTTP server that answers every request with this. */
  async answering(text: string): Promise<string> {
    const { url, close } = await listen(createServer((_request, response) => response.end(text)));
    this.#ends.push(close);
    return url;
  }

  dns(): Promise<DnsServer> {
    return this.#once('dns', async () => this.#disposed(await DnsServer.start()));
  }

  consul(test: Context): Promise<ConsulAgent> {
    return this.#once('consul', async () => this.#disposed(await requireConsul(test)));
  }

  redis(test: Context): Promise<RedisServer> {
    return this.#once('redis', async () => this.#disposed(await requireRedis(test)));
  }

  async stop(): Promise<void> {
    for (const end of this.#ends.splice(0).reverse()) await end();
  }

  #once<T>(name: string, start: () => Promise<T>): Promise<T> {
    const started = this.#started.get(name) ?? start();
    this.#started.set(name, started);
    return started as Promise<T>;
  }

  #both<T>(name: string, start: () => Promise<T>): Promise<[T, T]> {
    return this.#once(name, () => Promise.all([start(), start()]));
  }

  #disposed<T extends AsyncDisposable>(thing: T): T {
    this.#ends.push(() => thing[Symbol.asyncDispose]());
    return thing;
  }

  async #process(script: string): Promise<number> {
    const { address, stop } = await startProcess(new URL(script, import.meta.url), []);
    this.#ends.push(() => stop());
    return Number(address);
  }

  #greeter(credentials: ServerCredentials): Promise<number> {
    const server = new Server();
    server.addService(Greeter.service, {
      SayHello: ({ request }: ServerUnaryCall<HellosRequest, HelloReply>, done: sendUnaryData<HelloReply>) =>
        done(null, { message: `Hello, ${request.name}!` }),
      SayHellos: (call: ServerWritableStream<HellosRequest, HelloReply>) => {
        for (let i = 0; i < call.request.times; i++) call.write({ message: `Hello, ${call.request.name}!` });
        call.end();
      },
    });
    server.addService(HEALTH, {
      check: (_call: unknown, done: sendUnaryData<Buffer>) => done(null, SERVING),
    });
    return this.#bind(server, credentials);
  }

  #bind(server: Server, credentials: ServerCredentials): Promise<number> {
    this.#ends.push(() => server.forceShutdown());
    return new Promise((resolve, reject) => {
      server.bindAsync('127.0.0.1:0', credentials, (error, port) => (error ? reject(error) : resolve(port)));
    });
  }
}

const bytes = (message: Buffer) => message;

/** The standard health service without its proto. */
const HEALTH = {
  check: {
    path: '/grpc.health.v1.Health/Check',
    requestStream: false,
    responseStream: false,
    requestSerialize: bytes,
    requestDeserialize: bytes,
    responseSerialize: bytes,
    responseDeserialize: bytes,
  },
};
const SERVING = Buffer.from([8, 1]);
