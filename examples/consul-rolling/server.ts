// An echo server that enters itself in Consul, in a process of its own:
//
//   node --import tsx examples/consul-rolling/server.ts --consul 127.0.0.1:8500
//
// It prints `ready <port>` when it can be called. SIGTERM ends it in the order that loses no call: out of Consul
// first, then wait until its clients have left, then stop. Without --consul somebody else does the first part.
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { registerService } from 'connpool/consul';
import { type EchoServer, startEchoServer } from '../thrift/echo-server.js';
import { SERVICE } from './service.js';

/** Longest that clients may take to leave, ms. */
const LEAVE_MS = 10_000;

const { values } = parseArgs({ options: { consul: { type: 'string' } } });
const host = '127.0.0.1';
const server = await startEchoServer({ host, delayMs: 2 });
const registration =
  values.consul === undefined
    ? undefined
    : await registerService({
        address: values.consul,
        service: SERVICE,
        host,
        port: Number(server.address),
        meta: { balanceFactor: '100' },
        ttlMs: 3_000,
      });
console.log(`ready ${server.address}`);

if (process.connected) process.once('disconnect', () => process.exit());
process.once('SIGTERM', async () => {
  await registration?.deregister();
  await clientsGone(server);
  await server.close();
  process.exit(0);
});

async function clientsGone(server: EchoServer): Promise<void> {
  const until = performance.now() + LEAVE_MS;
  while (server.connections > 0 && performance.now() < until) await pause(20);
}
