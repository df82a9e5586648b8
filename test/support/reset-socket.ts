import type { Socket } from 'node:net';

/**
 * Resets a connection. One that is ending already is only destroyed: Node.js 20 never lets go of the handle of a socket
 * that is reset after its `end()`.
 */
export function resetSocket(socket: Socket): void {
  if (socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}
