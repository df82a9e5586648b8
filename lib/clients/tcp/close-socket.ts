import type { Socket } from 'node:net';

/**
 * Closes a socket and resolves when it is closed; never rejects. Sends what is still to be sent and a FIN, and
 * lets the peer answer with its own; what the peer still says is thrown away. After `graceMs` without that, or
 * at once when it is 0, the socket is cut.
 */
export function closeSocket(socket: Socket, graceMs: number): Promise<void> {
  if (socket.closed) return Promise.resolve();
  return new Promise((resolve) => {
    const ignore = () => {};
    const grace = setTimeout(() => socket.destroy(), graceMs).unref();
    // Whoever used it may have taken off every listener.
    socket.on('error', ignore).once('close', () => {
      clearTimeout(grace);
      socket.off('error', ignore);
      resolve();
    });
    if (graceMs === 0) socket.destroy();
    else socket.end().resume();
  });
}
