import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';

/** Where Node publishes each outgoing socket when it is made. */
const CHANNEL = 'net.client.socket';

/** Whose dial it is; only while dials are under way, because it makes every promise of the process dearer. */
const dial = new AsyncLocalStorage<Set<Socket>>();
let dialing = 0;

function onSocket(message: unknown): void {
  const sockets = dial.getStore();
  if (sockets === undefined) return;
  const { socket } = message as { socket: Socket };
  sockets.add(socket);
  socket.once('close', () => sockets.delete(socket));
}

/**
 * Runs `work` and notes in `sockets` every socket that it opens, now or later, until the function given back is
 * called; a socket that closes leaves the set by itself. grpc-js neither shows its sockets nor gives up one whose
 * peer never finishes the handshake: without this, each dial to a mute server would leave a socket behind.
 */
export function noteSockets(sockets: Set<Socket>, work: () => void): () => void {
  dialing++;
  if (dialing === 1) subscribe(CHANNEL, onSocket);
  dial.run(sockets, work);
  return () => {
    dialing--;
    if (dialing > 0) return;
    unsubscribe(CHANNEL, onSocket);
    dial.disable();
  };
}
