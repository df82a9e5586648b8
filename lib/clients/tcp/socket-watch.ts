import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { describeError } from '../../pool/errors.js';
import { TcpConnectionError } from './tcp-connection-error.js';

/** The events whose listeners read from a socket. Pipes and async iteration use these too. */
type Reading = 'data' | 'readable';

/** Plain event handling: unlike the stream's own `on` and `off` it does not change how the stream reads. */
const { on: addQuietly, off: removeQuietly } = EventEmitter.prototype;

/** Added and removed at once, which takes a stream back to the mode it was born in: neither flowing nor paused. */
const RESET = () => {};

/**
 * Watches a connected socket from dial to close and reports, once, that it is of no further use: the peer ended,
 * closed or reset it, or bytes came while nobody was reading. The bytes stay where they are, for a reader that
 * comes late.
 *
 * While nobody reads it listens to 'readable', without the stream knowing: the stream stays as it was born, so
 * that any way of reading works on each loan. It steps aside when the first reader comes ('newListener') and
 * takes its place again when the last one has left ('removeListener').
 */
export class SocketWatch {
  readonly #socket: Socket;
  readonly #label: string;
  readonly #onBroken: (error: Error) => void;
  /**
   * 'armed': nobody reads, and what comes is unexpected; 'aside': somebody reads, or did until just now; 'spent':
   * reported, there is nothing left to be watched for. Readers are kept from losing bytes in every state.
   */
  #state: 'armed' | 'aside' | 'spent' = 'aside';
  /** Which of {@link SocketWatch.#own} are attached: that of 'readable' when armed, and beside each kind of reader. */
  readonly #attached: Record<Reading, boolean> = { data: false, readable: false };

  /** `label` is the peer's address, for messages; `onBroken` is called at most once. */
  constructor(socket: Socket, label: string, onBroken: (error: Error) => void) {
    this.#socket = socket;
    this.#label = label;
    this.#onBroken = onBroken;
    socket.on('newListener', this.#onNewListener).on('removeListener', this.#onRemoveListener);
    socket
      .on('end', this.#onEnd)
      .on('pause', this.#onPause)
      .on('error', this.#onError)
      .on('close', this.#onClose);
    if (socket.destroyed || socket.readableEnded) this.#break('was closed before it could be used');
    else this.#armSoon();
  }

  #readers(event: Reading): number {
    return this.#socket.listenerCount(event) - Number(this.#attached[event]);
  }

  get #isRead(): boolean {
    return this.#readers('data') + this.#readers('readable') > 0;
  }

  readonly #onNewListener = (event: unknown, listener: unknown): void => {
    if (!this.#isReader(event, listener)) return;
    if (this.#state === 'armed') {
      this.#state = 'aside';
      this.#detach('readable');
    }
    // Beside the reader, as Node 20 does not always tell when the only listener of a stream's event is removed.
    this.#attach(event);
  };

  readonly #onRemoveListener = (event: unknown, listener: unknown): void => {
    if (listener === this.#onError || listener === this.#onClose) {
      // Not at once: removeAllListeners() goes on to remove whatever is added meanwhile.
      process.nextTick(() => this.#socket.on('error', () => {}));
      this.#leave();
      this.#break('is not watched any more: somebody removed the listeners of the pool');
    } else if (this.#isReader(event, listener)) {
      if (this.#readers(event) === 0) this.#detach(event);
      if (!this.#isRead) this.#lastReaderLeft(event);
    }
  };

  /** Whether a listener was added by somebody who reads. */
  #isReader(event: unknown, listener: unknown): event is Reading {
    if (event !== 'data' && event !== 'readable') return false;
    return listener !== RESET && listener !== this.#own[event];
  }

  #lastReaderLeft(event: Reading): void {
    // Somebody who takes whatever comes has left this. (A 'readable' listener may have gone in order to read.)
    if (event === 'data' && this.#socket.readableLength > 0) this.#break(this.#unread());
    // At once: a stream that goes on flowing throws away whatever comes before the next reader.
    this.#resetMode();
    this.#armSoon();
  }

  #resetMode(): void {
    this.#socket.on('readable', RESET).off('readable', RESET);
  }

  /** Somebody paused a socket that he does not read: the next reader must not find it paused. */
  readonly #onPause = (): void => {
    if (!this.#isRead) this.#resetMode();
  };

  /** The stream settles its mode in the tick after a change of its listeners; this comes after that. */
  #armSoon(): void {
    process.nextTick(() => process.nextTick(this.#arm));
  }

  readonly #arm = (): void => {
    if (this.#state !== 'aside' || this.#isRead) return;
    this.#state = 'armed';
    this.#attach('readable');
    this.#onReadable();
  };

  #attach(event: Reading): void {
    if (this.#attached[event]) return;
    addQuietly.call(this.#socket, event, this.#own[event]);
    this.#attached[event] = true;
  }

  #detach(event: Reading): void {
    if (!this.#attached[event]) return;
    this.#attached[event] = false;
    removeQuietly.call(this.#socket, event, this.#own[event]);
  }

  readonly #onReadable = (): void => {
    if (this.#state === 'armed' && this.#socket.readableLength > 0) this.#break(this.#unread());
  };

  #unread(): string {
    return `has ${this.#socket.readableLength} bytes that nobody was reading`;
  }

  readonly #own: Readonly<Record<Reading, () => void>> = { data: () => {}, readable: this.#onReadable };

  readonly #onEnd = (): void => this.#break('was ended by the peer');
  readonly #onError = (error: Error): void => this.#break(`was lost: ${describeError(error)}`, error);
  readonly #onClose = (): void => {
    this.#leave();
    this.#break('was closed');
  };

  #break(how: string, cause?: Error): void {
    if (this.#state === 'spent') return;
    if (this.#state === 'armed') this.#detach('readable');
    this.#state = 'spent';
    this.#onBroken(new TcpConnectionError(`the connection to ${this.#label} ${how}`, cause));
  }

  /** Takes every listener of the watch off. */
  #leave(): void {
    const socket = this.#socket;
    // These two first, so that the removal of the others is not taken for somebody else's.
    socket.off('newListener', this.#onNewListener).off('removeListener', this.#onRemoveListener);
    this.#detach('readable');
    this.#detach('data');
    socket
      .off('end', this.#onEnd)
      .off('pause', this.#onPause)
      .off('error', this.#onError)
      .off('close', this.#onClose);
  }
}
