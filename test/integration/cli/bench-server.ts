import { createServer, type Socket } from 'node:net';
import { within } from '../../support/wait-for.js';

/** A TCP service that answers each line. */
export interface LineServer {
  readonly port: number;
  /** Most connections that were open at once. */
  readonly mostConnections: number;
  close(): Promise<void>;
}

/** Starts a service that answers each line it gets with what `answer` gives, after `delayMs`. */
export async function startLineServer(
  answer: (line: string, socket: Socket) => string | undefined = () => '+PONG\r\n',
  delayMs = 0,
): Promise<LineServer> {
  const sockets = new Set<Socket>();
  let mostConnections = 0;
  const server = createServer((socket) => {
    sockets.add(socket);
    mostConnections = Math.max(mostConnections, sockets.size);
    socket.setNoDelay(true).on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      const text = answer(chunk.toString().trimEnd(), socket);
      if (text === undefined || socket.destroyed) return;
      if (delayMs === 0) socket.write(text);
      else setTimeout(() => socket.write(text), delayMs);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as { port: number }).port,
    get mostConnections() {
      return mostConnections;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await within('the line server closes', new Promise((resolve) => server.close(resolve)));
    },
  };
}
