// A line echo server that enters itself in Consul, for docker-compose.yml. Settings come from the environment:
// CONSUL_ADDR, SERVICE, HOST (what others call it by), PORT (0 = any) and WEIGHT.
// SIGTERM ends it without losing a call: out of Consul first, then wait until its clients have left.
import { once } from 'node:events';
import { createServer } from 'node:net';
import { registerService } from 'connpool/consul';

const LEAVE_MS = 10_000;
const { CONSUL_ADDR = '127.0.0.1:8500', SERVICE = 'demo', HOST = '127.0.0.1' } = process.env;
const { PORT = '0', WEIGHT = '100' } = process.env;

const server = createServer((socket) => {
  socket.on('error', () => {});
  socket.pipe(socket);
});
server.listen(Number(PORT));
await once(server, 'listening');
const { port } = server.address();
const registration = await registerService({
  address: CONSUL_ADDR,
  service: SERVICE,
  host: HOST,
  port,
  meta: { balanceFactor: WEIGHT },
  ttlMs: 5_000,
});
console.log(`ready ${HOST}:${port}`);

process.once('SIGTERM', async () => {
  await registration.deregister();
  server.close(() => process.exit(0));
  setTimeout(() => process.exit(0), LEAVE_MS);
});
