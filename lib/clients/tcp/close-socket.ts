import type { Socket } from 'node:net';

/** Longest a peer may take to answer a FIN, or to take what is still to be sent, in ms, before the socket is cut. */
export const CLOSE_GRACE_MS = 1_000;

/** Share of `closeTimeoutMs` that may pass before a socket is cut, so that the pool never has to give a close up. */
const GRACE_SHARE = 0.5;

/** {@link CLOSE_GRACE_MS}, or less when a pool waits for a close no longer than `closeTimeoutMs`. */
export function graceWithin(closeTimeoutMs: number): number {
  return Math.min(CLOSE_GRACE_MS, closeTimeoutMs * GRACE_SHARE);
}

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
