import type { Socket } from 'node:net';
import { describeError, describeMs } from '../../pool/errors.js';
import { AnswerReader, callBack } from './answer-reader.js';
import {
  type CallGuard,
  type GeneratedClient,
  type GeneratedClientClass,
  guardOf,
  setGuard,
} from './guarded-client.js';
import { type PendingCall, PendingCalls } from './pending-calls.js';
import { ThriftConnectionError, ThriftProtocolError, ThriftTimeoutError } from './thrift-errors.js';
import type { WireFormat } from './wire-format.js';

/** What all connections of one dialer have in common. */
export interface ConnectionSettings {
  /** A class that {@link guardedClientClass} made. */
  readonly Client: GeneratedClientClass;
  readonly wire: WireFormat;
  readonly requestTimeoutMs: number;
  /** Longest a healthy connection may take to send what it still holds before it is cut, ms. */
  readonly closeGraceMs: number;
  /** The server's address, for messages. */
  readonly peer: string;
}

/**
 * One connected socket and the generated client that talks over it. It answers for every call: whatever ends the
 * connection also rejects, at once, all calls in flight on it. Once failed it stays failed.
 */
export class ThriftConnection implements CallGuard {
  readonly client: GeneratedClient;
  readonly #socket: Socket;
  readonly #settings: ConnectionSettings;
  readonly #pending: PendingCalls;
  readonly #onBroken: (error: Error) => void;
  /** Set once, by {@link ThriftConnection.#end}; from then on nothing is sent or read. */
  #failure: Error | undefined;

  /** `onBroken` is called once, when the connection fails by itself; not when it is closed. */
  constructor(socket: Socket, settings: ConnectionSettings, onBroken: (error: Error) => void) {
    this.#socket = socket;
    this.#settings = settings;
    this.#onBroken = onBroken;
    this.#pending = new PendingCalls(settings.requestTimeoutMs, (call) => this.#overdue(call));
    const output = new settings.wire.transport(undefined, (message) => this.#socket.write(message));
    this.client = new settings.Client(output, settings.wire.output);
    setGuard(this.client, this);
    this.#listen(new AnswerReader(settings.wire, this.client, this.#pending));
  }

  /** The connection that a client belongs to. */
  static of(client: unknown): ThriftConnection | undefined {
    const guard = guardOf(client);
    return guard instanceof ThriftConnection ? guard : undefined;
  }

  /** Whether the connection must not be used for further calls: it failed, or calls are still in flight. */
  get isBroken(): boolean {
    return this.#failure !== undefined || this.#pending.size > 0;
  }

  sending(seqid: number): void {
    if (this.#failure === undefined) return;
    delete this.client._reqs[seqid];
    throw new ThriftConnectionError(`the connection to ${this.#settings.peer} is closed`, {
      cause: this.#failure,
    });
  }

  sent(seqid: number, method: string, expectsAnswer: boolean): void {
    if (expectsAnswer) this.#pending.add(seqid, method);
  }

  sendFailed(seqid: number, method: string, error: unknown): void {
    delete this.client._reqs[seqid];
    this.#break(
      new ThriftConnectionError(
        `the connection to ${this.#settings.peer} was given up: a call of '${method}' could not be written ` +
          `(${describeError(error)}) and may have left part of a message behind`,
        { cause: error },
      ),
    );
  }

  /** Closes the socket; resolves when it is closed. Calls in flight are rejected. */
  close(): Promise<void> {
    const interrupted = this.#pending.size > 0;
    this.#end(new ThriftConnectionError(`the connection to ${this.#settings.peer} was closed by this side`));
    const socket = this.#socket;
    if (socket.closed) return Promise.resolve();
    return new Promise((resolve) => {
      const grace = setTimeout(() => socket.destroy(), this.#settings.closeGraceMs).unref();
      socket.once('close', () => {
        clearTimeout(grace);
        resolve();
      });
      if (interrupted) socket.destroy();
      else socket.destroySoon();
    });
  }

  #listen(reader: AnswerReader): void {
    const { peer } = this.#settings;
    const socket = this.#socket;
    socket.on('data', (chunk: Buffer) => {
      if (this.#failure !== undefined) return;
      try {
        reader.push(chunk);
      } catch (error) {
        const message = `${peer} sent what is no answer to a call: ${describeError(error)}`;
        this.#break(new ThriftProtocolError(message, { cause: error }));
      }
    });
    socket.on('end', () => this.#lost('was closed by the server'));
    socket.on('error', (error) => this.#lost(`was lost: ${describeError(error)}`, { cause: error }));
    socket.on('close', () => this.#lost('was closed'));
    if (socket.destroyed) this.#lost('was closed before it could be used');
  }

  #lost(how: string, options?: ErrorOptions): void {
    const { size } = this.#pending;
    const what = size === 0 ? '' : ` with ${size} call${size === 1 ? '' : 's'} in flight`;
    this.#break(new ThriftConnectionError(`the connection to ${this.#settings.peer} ${how}${what}`, options));
  }

  #overdue(call: PendingCall): void {
    const { peer, requestTimeoutMs } = this.#settings;
    const message = `${peer} did not answer '${call.method}' within ${describeMs(requestTimeoutMs)}`;
    this.#break(new ThriftTimeoutError(message), call);
  }

  /** The connection failed by itself. */
  #break(error: Error, culprit?: PendingCall): void {
    if (this.#failure !== undefined) return;
    this.#end(error, culprit);
    this.#socket.destroy();
    this.#onBroken(error);
  }

  /** The one way out of service: rejects what is in flight, stops the timer, refuses what comes after. */
  #end(error: Error, culprit?: PendingCall): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    for (const call of this.#pending.clear()) {
      const answer = this.client._reqs[call.seqid];
      delete this.client._reqs[call.seqid];
      if (answer === undefined) continue;
      callBack(answer, culprit === undefined || call === culprit ? error : this.#collateral(error));
    }
  }

  #collateral(cause: Error): Error {
    return new ThriftConnectionError(
      `the connection to ${this.#settings.peer} was given up: ${describeError(cause)}`,
      { cause },
    );
  }
}
