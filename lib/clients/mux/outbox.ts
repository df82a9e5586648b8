import type { Socket } from 'node:net';
import type { FrameCodec } from './frame-codec.js';

/** Payloads up to this size are copied behind their header: one short buffer is cheaper to send than two. */
const MAX_COPIED_BYTES = 4_096;

/**
 * Writes requests to a socket. All that is written within one turn of the event loop goes out together. When the
 * socket has enough to do (`write` gave false), requests wait here, in order, until it has drained.
 */
export class Outbox {
  readonly #socket: Socket;
  readonly #codec: FrameCodec;
  readonly #onRefused: (id: bigint, error: unknown) => void;
  /** Payloads that wait for the socket to drain, by the ids of their requests, oldest first. */
  readonly #unsent = new Map<bigint, Uint8Array>();
  #drainWaiters: (() => void)[] = [];
  #isCorked = false;

  /** `onRefused` is told of a request that the codec would not frame. */
  constructor(socket: Socket, codec: FrameCodec, onRefused: (id: bigint, error: unknown) => void) {
    this.#socket = socket;
    this.#codec = codec;
    this.#onRefused = onRefused;
    socket.on('drain', () => this.#flush());
  }

  /** Requests that wait. */
  get unsent(): number {
    return this.#unsent.size;
  }

  /** Whether the next request would have to wait. */
  get isBackedUp(): boolean {
    return this.#unsent.size > 0 || this.#socket.writableNeedDrain;
  }

  send(id: bigint, payload: Uint8Array): void {
    if (this.isBackedUp) this.#unsent.set(id, payload);
    else this.#write(id, payload);
  }

  /** Whether a request waits. */
  holds(id: bigint): boolean {
    return this.#unsent.has(id);
  }

  /** Takes back a request that waits; gives false when it does not: it is sent. */
  takeBack(id: bigint): boolean {
    return this.#unsent.delete(id);
  }

  /** Resolves when the next request would not have to wait, or never be sent. */
  drained(): Promise<void> {
    if (!this.isBackedUp) return Promise.resolve();
    return new Promise((resolve) => this.#drainWaiters.push(resolve));
  }

  /** The connection is over: nothing is sent any more. */
  end(): void {
    this.#unsent.clear();
    this.#tellDrained();
  }

  #flush(): void {
    for (const [id, payload] of this.#unsent) {
      if (this.#socket.writableNeedDrain) return;
      this.#unsent.delete(id);
      this.#write(id, payload);
    }
    if (!this.isBackedUp) this.#tellDrained();
  }

  #tellDrained(): void {
    const waiters = this.#drainWaiters;
    this.#drainWaiters = [];
    for (const tell of waiters) tell();
  }

  #write(id: bigint, payload: Uint8Array): void {
    const { requestHeaderBytes } = this.#codec;
    const isCopied = payload.length <= MAX_COPIED_BYTES;
    const head = Buffer.allocUnsafe(requestHeaderBytes + (isCopied ? payload.length : 0));
    try {
      this.#codec.writeRequestHeader(head, id, payload.length);
    } catch (error) {
      this.#onRefused(id, error);
      return;
    }
    if (isCopied) head.set(payload, requestHeaderBytes);
    this.#cork();
    this.#socket.write(head);
    if (!isCopied) this.#socket.write(payload);
  }

  #cork(): void {
    if (this.#isCorked) return;
    this.#isCorked = true;
    this.#socket.cork();
    process.nextTick(() => {
      this.#isCorked = false;
      this.#socket.uncork();
    });
  }
}
