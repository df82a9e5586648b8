/**
 * What the two modes of a gRPC pool cost and gain: 64 callers, each with one call under way at a time, over one raw
 * client, over pools that share their connections, and over pools whose connections are one caller's at a time. The
 * server runs in a process of its own and answers at once, or after 2 ms. Takes half a minute; `--quick` is a smoke run whose figures mean little.
 *
 * Run with `npm run bench:grpc`.
 */
import { credentials } from '@grpc/grpc-js';
import { Greeter, type GreeterClient, type HelloReply } from '../examples/grpc/greeter.js';
import { startProcess } from '../examples/thrift/server-process.js';
import { grpcPool, unary } from '../lib/clients/grpc/index.js';
import { CALLERS, type Contender, compare } from './callers.js';

const REQUEST = { name: 'x'.repeat(100) };

const sayHello = (client: GreeterClient) => unary<HelloReply>((done) => client.sayHello(REQUEST, done));

function rawClient(address: string): Contender {
  const client = new Greeter(address, credentials.createInsecure());
  return { name: 'one raw client', call: () => sayHello(client), close: async () => client.close() };
}

function shared(address: string, maxActive: number): Contender {
  const streamsPerConnection = Math.ceil(CALLERS / maxActive);
  const pool = grpcPool(Greeter, { address, streamsPerConnection, pool: { maxActive } });
  return {
    name: `shared, ${maxActive} x ${streamsPerConnection} callers`,
    call: () => pool.do(sayHello),
    close: () => pool.close(),
  };
}

function exclusive(address: string, maxActive: number): Contender {
  const pool = grpcPool(Greeter, { address, pool: { maxActive, waitTimeoutMs: 0 } });
  return {
    name: `exclusive, ${maxActive} connections`,
    call: () => pool.do(sayHello),
    close: () => pool.close(),
  };
}

await compare({
  unit: 'calls',
  startServer: (delayMs) =>
    startProcess(new URL('../examples/grpc/server.ts', import.meta.url), [
      '--port',
      '0',
      '--delay-ms',
      `${delayMs}`,
    ]),
  contenders(port) {
    const address = `127.0.0.1:${port}`;
    return [
      rawClient(address),
      shared(address, 1),
      shared(address, 4),
      exclusive(address, 4),
      exclusive(address, CALLERS),
    ];
  },
});
