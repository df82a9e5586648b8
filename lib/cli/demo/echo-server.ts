import { once } from 'node:events';
import type { AddressInfo, Server, Socket } from 'node:net';
import thrift from 'thrift';
import { EchoError, type EchoHandler, Processor } from './echo-service.js';

const handler: EchoHandler = {
  Ping: async () => {},
  Echo: async (message) => {
    if (message.startsWith('refuse:')) throw new EchoError('asked to refuse');
    return message;
  },
};

/**
 * Starts the echo service on loopback, and gives its port.
 * @param port 0 = any free one
 */
export async function startEchoServer(port: number): Promise<{ port: number; close(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const server = thrift.createServer(Processor as never, handler) as unknown as Server;
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.setNoDelay(true).on('close', () => sockets.delete(socket));
  });
  server.listen({ port, host: '127.0.0.1' });
  await once(server, 'listening');
  server.on('error', () => {}); // thrift reports every lost connection here; none of them concerns the others
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroySoon();
      }),
  };
}
