import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';

// An echo server for lines in a process of its own, which ends and resets connections, asked and unasked:
//   `cut`    ends the connection
//   `reset`  resets it
//   `mute`   never answers
//   else     gives the line back

/** How often one connection, whichever it is, is hurt unasked. */
const MISDEED_MS = 50;

const sockets = new Set<Socket>();
const misdeeds: readonly ((socket: Socket) => unknown)[] = [
  (socket) => socket.end(),
  (socket) => socket.resetAndDestroy(),
  (socket) => socket.writable && socket.write('nobody asked for this\n'),
];

const server = createServer({ noDelay: true }, (socket) => {
  sockets.add(socket);
  socket.on('error', () => {}).once('close', () => sockets.delete(socket));
  const lines = createInterface({ input: socket }).on('error', () => {}); // the socket's, once more
  lines.on('line', (line) => {
    if (line === 'cut') socket.end();
    else if (line === 'reset') socket.resetAndDestroy();
    else if (line !== 'mute' && socket.writable) socket.write(`${line}\n`);
  });
});

setInterval(() => {
  const [victim] = sockets;
  if (victim !== undefined) misdeeds[Math.floor(Math.random() * misdeeds.length)]?.(victim);
}, MISDEED_MS);

server.listen(0, '127.0.0.1');
await once(server, 'listening');
process.once('SIGTERM', () => process.exit());
process.once('disconnect', () => process.exit());
console.log(`ready ${(server.address() as AddressInfo).port}`);
