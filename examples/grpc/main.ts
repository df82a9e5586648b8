// A pooled client of the greeter service, and what it does when things go wrong. It starts the server itself:
//
//   node --import tsx examples/grpc/main.ts
import { setTimeout as pause } from 'node:timers/promises';
import { type ServiceError, status } from '@grpc/grpc-js';
import type { ConnPool } from 'connpool';
import { grpcPool, isGrpcConnectionError, type StreamPool, unary } from 'connpool/grpc';
import { type ServerProcess, startProcess } from '../thrift/server-process.js';
import { Greeter, type GreeterClient, type HelloReply } from './greeter.js';

type AnyPool = ConnPool<GreeterClient> | StreamPool<GreeterClient>;

const startServer = (port: string) =>
  startProcess(new URL('./server.ts', import.meta.url), ['--port', port, '--delay-ms', '2']);

let server = await startServer('0');
const address = `127.0.0.1:${server.address}`;
const exclusive = grpcPool(Greeter, { address, requestTimeoutMs: 2_000, pool: { maxActive: 4 } });
const shared = grpcPool(Greeter, { address, streamsPerConnection: 100, pool: { maxActive: 2 } });

try {
  await manyCallers('exclusive', exclusive);
  await manyCallers('shared', shared);
  await stream(exclusive);
  await refusal(exclusive);
  await deadline(exclusive);
  server = await serverKilledUnderLoad(shared, server);
} finally {
  await Promise.all([exclusive.close(), shared.close()]);
  await server.stop();
}

/** One greeting, as a promise. */
async function sayHello(pool: AnyPool, name: string): Promise<string> {
  const reply = await pool.do((client) => unary<HelloReply>((done) => client.sayHello({ name }, done)));
  return reply.message;
}

/** 500 callers at once: over connections of their own for each call, or over shared ones. */
async function manyCallers(mode: string, pool: AnyPool): Promise<void> {
  const names = Array.from({ length: 500 }, (_, i) => `caller ${i}`);
  const startedAt = performance.now();
  const messages = await Promise.all(names.map((name) => sayHello(pool, name)));
  const right = messages.filter((message, i) => message === `Hello, ${names[i]}!`).length;
  const tookMs = Math.round(performance.now() - startedAt);
  print(mode, `500 callers, ${right} right answers over ${pool.stats().open} connections, ${tookMs} ms`);
}

/** A stream holds its connection until it ends; the client's own interface is all there is. */
async function stream(pool: ConnPool<GreeterClient>): Promise<void> {
  const messages = await pool.do(async (client) => {
    const received: string[] = [];
    for await (const { message } of client.sayHellos({ name: 'you', times: 3 })) received.push(message);
    return received;
  });
  print('stream', `${messages.length} messages, the last: ${messages.at(-1)}`);
}

/** What the service answers, whatever the status, leaves the connection in the pool. */
async function refusal(pool: ConnPool<GreeterClient>): Promise<void> {
  const before = pool.stats().closed.broken;
  const error = await sayHello(pool, '').catch((reason: ServiceError) => reason);
  const kept = pool.stats().closed.broken === before ? 'kept' : 'LOST';
  print('refusal', `${error instanceof Error ? error.message : 'no error?'}; connection ${kept}`);
}

/** Each call has a deadline; one of its own wins over that of the pool. */
async function deadline(pool: ConnPool<GreeterClient>): Promise<void> {
  const own = { deadline: Date.now() + 1 };
  const error = await pool
    .do((client) => unary((done) => client.sayHello({ name: 'you' }, own, done)))
    .catch((reason: ServiceError) => reason);
  print('deadline', status[(error as ServiceError).code]);
}

/** kill -9 and a restart under load: every call ends, in its answer or in an error that says what happened. */
async function serverKilledUnderLoad(pool: AnyPool, server: ServerProcess): Promise<ServerProcess> {
  let [started, answers, lost] = [0, 0, 0];
  let running = true;
  const callers = Array.from({ length: 50 }, async () => {
    while (running) {
      started++;
      try {
        await sayHello(pool, 'you');
        answers++;
      } catch (error) {
        if (!isGrpcConnectionError(error)) throw error;
        lost++;
        await pause(10);
      }
    }
  });
  await pause(300);
  await server.stop('SIGKILL');
  await pause(300);
  const restarted = await startServer(server.address);
  const before = answers;
  while (answers < before + 500) await pause(10);
  running = false;
  await Promise.all(callers);
  print(
    'restart',
    `${started} calls = ${answers} answers + ${lost} connection errors, ${started - answers - lost} without an end`,
  );
  return restarted;
}

function print(what: string, text: string): void {
  console.log(`${what.padEnd(10)} ${text}`);
}
