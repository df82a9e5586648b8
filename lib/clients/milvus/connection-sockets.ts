import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { Timer } from '../../pool/clock.js';

/** Where Node publishes each outgoing socket when it is made. */
const CHANNEL = 'net.client.socket';

/** On whose behalf something happens. The SDK has such a store of its own, so that this one costs little. */
const onBehalfOf = new AsyncLocalStorage<ConnectionSockets>();
let isSubscribed = false;

function onSocket(message: unknown): void {
  onBehalfOf.getStore()?.note((message as { socket: Socket }).socket);
}

/**
 * The sockets of one client. grpc-js does not show them, and neither gives up one whose peer never finishes the handshake
 * nor one whose peer no longer answers: without this, closing would leave it behind.
 */
export class ConnectionSockets {
  readonly #open = new Set<Socket>();
  #isClosed = false;

  constructor() {
    // For good: grpc-js may try once more to connect what is closed, also when no client is left.
    if (!isSubscribed) subscribe(CHANNEL, onSocket);
    isSubscribed = true;
  }

  /** Runs `work`; what it opens, now or later, is noted here. */
  run<T>(work: () => T): T {
    return onBehalfOf.run(this, work);
  }

  /** Notes a socket; it leaves by itself when it is closed. */
  note(socket: Socket): void {
    if (this.#isClosed) {
      // Node tells of a socket before it connects it, which would undo a destroy.
      process.nextTick(() => socket.destroy());
      return;
    }
    this.#open.add(socket);
    socket.once('close', () => this.#open.delete(socket));
  }

  /** Waits for the sockets to close; those that have not after `graceMs` are destroyed. Call it once. */
  async close(graceMs: number): Promise<void> {
    // What grpc-js has begun in this turn must come to its socket first.
    await new Promise(setImmediate);
    this.#isClosed = true;
    await Promise.all([...this.#open].map((socket) => closed(socket, graceMs)));
  }
}

function closed(socket: Socket, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = new Timer(() => socket.destroy(), graceMs, true);
    socket.once('close', () => {
      timer.cancel();
      resolve();
    });
  });
}
