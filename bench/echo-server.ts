// A server that sends back what it gets, at once or so many ms later: `echo-server.ts [delayMs]`.
import { type AddressInfo, createServer } from 'node:net';

const delayMs = Number(process.argv[2] ?? '0');
const server = createServer({ noDelay: true }, (socket) => {
  socket.on('error', () => {});
  if (delayMs === 0) socket.pipe(socket);
  else socket.on('data', (chunk) => setTimeout(() => socket.write(chunk), delayMs));
});
server.listen(0, '127.0.0.1', () => console.log(`ready ${(server.address() as AddressInfo).port}`));
process.once('SIGTERM', () => process.exit());
process.once('disconnect', () => process.exit());
