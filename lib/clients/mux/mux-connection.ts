import type { Socket } from 'node:net';
import { unwatchAbort, watchAbort } from '../../pool/abort-watch.js';
import { now, Timer } from '../../pool/clock.js';
import { describeError, describeMs, InvalidOptionError } from '../../pool/errors.js';
import { closeSocket } from '../tcp/close-socket.js';
import { Deadlines } from './deadlines.js';
import { FrameReader } from './frame-reader.js';
import { MismatchGuess } from './mismatch-guess.js';
import {
  MuxClosedError,
  MuxConnectionError,
  MuxIdError,
  MuxProtocolError,
  MuxTimeoutError,
} from './mux-errors.js';
import {
  type MuxConnectionOptions,
  type MuxRequestOptions,
  type MuxSettings,
  type MuxStats,
  resolveMuxOptions,
} from './mux-options.js';
import { Outbox } from './outbox.js';
import { PendingRequest } from './pending-request.js';
import { checkId, checkPayload, checkRequestOptions } from './request-arguments.js';
import { RequestIds } from './request-ids.js';

/** Longest a peer may take to answer a FIN, in ms, before the socket is cut. */
const FIN_GRACE_MS = 1_000;

/** `error` is what requests are refused with. */
type State =
  | { readonly kind: 'open' }
  /** Answers under way are awaited; `onEmpty` is called when the last request is settled. */
  | { readonly kind: 'closing'; readonly error: Error; readonly onEmpty: () => void }
  | { readonly kind: 'ended'; readonly error: Error };

/**
 * Many requests in flight on one socket, answered in any order. Every request ends: with its answer, with the reason
 * of its signal, with a {@link MuxTimeoutError}, or with a {@link MuxConnectionError} as soon as the connection is
 * lost, ended by the server or garbled. One that is given up leaves the connection in use; its answer is dropped.
 *
 * @example
 * const connection = new MuxConnection(socket, { codec: lengthPrefixed({ idBytes: 8, lengthBytes: 4 }) });
 * const [a, b] = await Promise.all([connection.request(first), connection.request(second)]);
 */
export class MuxConnection implements AsyncDisposable {
  /** The socket, for whoever writes the frames of `putRequest`. Only the connection reads from it. */
  readonly socket: Socket;
  readonly #settings: MuxSettings;
  readonly #peer: string;
  readonly #inFlight = new Map<bigint, PendingRequest>();
  readonly #ids: RequestIds;
  readonly #deadlines = new Deadlines<PendingRequest>((request) => this.#overdue(request));
  readonly #outbox: Outbox;
  readonly #reader: FrameReader;
  #state: State = { kind: 'open' };
  #closed: Promise<void> | undefined;
  /** Since when a request waits and nothing was heard from the server; undefined when none does. */
  #silentSince: number | undefined;
  readonly #mismatch: MismatchGuess;
  readonly #counts = { requests: 0, answers: 0, timeouts: 0, lateAnswers: 0, unknownAnswers: 0 };

  /**
   * Takes over a connected (or connecting) socket, plain or TLS, that nobody else reads from.
   * @throws InvalidOptionError
   */
  constructor(socket: Socket, options: MuxConnectionOptions) {
    if (typeof socket?.cork !== 'function') throw new InvalidOptionError('socket', socket, 'a socket');
    this.socket = socket;
    this.#settings = resolveMuxOptions(options);
    const { codec, maxFrameBytes, peer } = this.#settings;
    this.#peer = peer ?? addressOf(socket);
    this.#mismatch = new MismatchGuess('encrypted' in socket);
    this.#ids = new RequestIds(codec.maxId, this.#inFlight);
    this.#outbox = new Outbox(socket, codec, (id, error) => this.#refuse(id, error));
    this.#reader = new FrameReader(codec, maxFrameBytes, {
      begins: (id) => this.#begins(id),
      takes: (id, payload) => this.#takes(id, payload),
    });
    this.#listen();
  }

  /** Whether the connection takes no more requests: it failed, or is closed or closing. */
  get isBroken(): boolean {
    return this.#state.kind !== 'open';
  }

  /**
   * Whether a request made now would have to wait until the server has read more. Whoever has a choice of connections
   * takes another one, or awaits {@link MuxConnection.drained}.
   */
  get isBackedUp(): boolean {
    return this.#state.kind !== 'ended' && this.#outbox.isBackedUp;
  }

  /** A snapshot of gauges and counters. */
  stats(): MuxStats {
    return {
      inFlight: this.#inFlight.size,
      unsent: this.#outbox.unsent,
      abandoned: this.#ids.abandoned,
      ...this.#counts,
    };
  }

  /**
   * Sends a request and gives the payload of its answer, which may share memory with other answers. While the server
   * does not read, requests wait in order; the time that takes counts. The payload must not be changed before the
   * answer.
   * @throws MuxTimeoutError, MuxConnectionError, MuxIdError when no id is free, InvalidOptionError (as rejections); an
   * aborted signal rejects with its own `reason`
   */
  request(payload: Uint8Array, options: MuxRequestOptions = {}): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      checkPayload(payload, this.#settings.codec);
      checkRequestOptions(options);
      options.signal?.throwIfAborted();
      const id = this.nextId();
      this.#add(id, options, resolve, reject);
      this.#outbox.send(id, payload);
    });
  }

  /**
   * Registers a request whose frame the caller writes to {@link MuxConnection.socket} himself, after this call, and
   * gives the payload of its answer.
   * @param id not in use on this connection; {@link MuxConnection.nextId} gives one
   * @throws what `request` throws (as rejections), and MuxIdError when the id is in flight
   */
  putRequest(id: bigint | number, options: MuxRequestOptions = {}): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const wanted = checkId(id, this.#settings.codec);
      checkRequestOptions(options);
      options.signal?.throwIfAborted();
      this.#checkOpen();
      if (this.#ids.isTaken(wanted)) {
        const why = this.#inFlight.has(wanted) ? 'in flight' : 'given up, but may still be answered';
        throw new MuxIdError('ERR_MUX_ID_IN_USE', `request ${wanted} to ${this.#peer} is ${why}`);
      }
      this.#add(wanted, options, resolve, reject);
    });
  }

  /**
   * An id that no request on this connection uses, in flight or given up. Each call gives another one.
   * @throws MuxIdError when all are used, MuxConnectionError
   */
  nextId(): bigint {
    this.#checkOpen();
    const id = this.#ids.next();
    if (id !== undefined) return id;
    const { abandoned } = this.#ids;
    if (abandoned > this.#inFlight.size) {
      this.#break(`was given up: ${abandoned} requests were never answered and hold their ids`);
      this.#checkOpen();
    }
    const message = `all ids of the connection to ${this.#peer} are in use: ${this.#inFlight.size} requests in flight`;
    throw new MuxIdError('ERR_MUX_NO_FREE_ID', `${message}, ${abandoned} given up`);
  }

  /** Resolves when a request would not have to wait to be sent, or when the connection is over. Never rejects. */
  drained(): Promise<void> {
    return this.isBackedUp ? this.#outbox.drained() : Promise.resolve();
  }

  /**
   * Refuses new requests, waits for answers under way, then closes the socket; resolves when that is done. Requests
   * still in flight after `graceMs` reject with a {@link MuxClosedError}. The first call decides.
   * @param options `graceMs`: longest this may wait for the server, in ms; default 0: everything ends at once
   * @throws InvalidOptionError (as a rejection)
   */
  async close(options: { graceMs?: number | undefined } = {}): Promise<void> {
    const { graceMs = 0 } = options;
    if (!(typeof graceMs === 'number' && graceMs >= 0)) {
      throw new InvalidOptionError('graceMs', graceMs, 'a number of ms from 0');
    }
    this.#closed ??= this.#close(graceMs);
    await this.#closed;
  }

  /** The same as `close()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(graceMs: number): Promise<void> {
    const endsAt = now() + graceMs;
    const error = new MuxClosedError(`the connection to ${this.#peer} was closed by this side`);
    if (this.#state.kind === 'open' && this.#inFlight.size > 0 && graceMs > 0) {
      await new Promise<void>((resolve) => {
        const timer = new Timer(resolve, graceMs, true);
        const onEmpty = () => {
          timer.cancel();
          resolve();
        };
        this.#state = { kind: 'closing', error, onEmpty };
      });
    }
    const isClean = this.#state.kind !== 'ended' && this.#inFlight.size === 0;
    this.#end(error);
    await closeSocket(this.socket, isClean ? Math.max(0, Math.min(FIN_GRACE_MS, endsAt - now())) : 0);
  }

  #checkOpen(): void {
    const state = this.#state;
    if (state.kind === 'open') return;
    const message = `the connection to ${this.#peer} is closed: ${state.error.message}`;
    if (state.error instanceof MuxClosedError) throw new MuxClosedError(message);
    throw new MuxConnectionError(message, { cause: state.error });
  }

  #add(
    id: bigint,
    { signal, timeoutMs = this.#settings.requestTimeoutMs }: MuxRequestOptions,
    resolve: (payload: Buffer) => void,
    reject: (error: unknown) => void,
  ): void {
    const at = now();
    const due = timeoutMs === 0 ? Infinity : at + timeoutMs;
    const request = new PendingRequest(id, signal, timeoutMs, due, resolve, reject, this.#giveUp);
    this.#inFlight.set(id, request);
    this.#deadlines.add(request);
    watchAbort(request);
    this.#silentSince ??= at;
    this.#counts.requests += 1;
  }

  /** Every request that ends before the connection does leaves through here. */
  #remove(request: PendingRequest): void {
    this.#inFlight.delete(request.id);
    this.#deadlines.delete(request);
    unwatchAbort(request);
    if (this.#inFlight.size > 0) return;
    if (this.#ids.abandoned === 0) this.#silentSince = undefined;
    if (this.#state.kind === 'closing') this.#state.onEmpty();
  }

  readonly #giveUp = (request: PendingRequest, reason: unknown): void => {
    if (!this.#outbox.takeBack(request.id)) this.#ids.abandon(request.id);
    this.#remove(request);
    request.reject(reason);
  };

  #overdue(request: PendingRequest): void {
    const { requestTimeoutMs } = this.#settings;
    this.#counts.timeouts += 1;
    const silentMs = now() - this.#silentSince!;
    const error = new MuxTimeoutError(
      `${this.#peer} did not answer within ${describeMs(request.timeoutMs)}${this.#mismatch.hint}`,
    );
    this.#giveUp(request, error);
    // One ms for what adding and subtracting fractions costs.
    if (silentMs + 1 < requestTimeoutMs) return;
    this.#break(`was given up: nothing was heard from the server for ${describeMs(requestTimeoutMs)}`, {
      cause: error,
    });
  }

  #refuse(id: bigint, error: unknown): void {
    const request = this.#inFlight.get(id)!;
    this.#remove(request);
    request.reject(error);
  }

  #begins(id: bigint): boolean {
    // The answer to what was not asked yet belongs to somebody else.
    if (this.#inFlight.has(id) && !this.#outbox.holds(id)) return true;
    if (this.#ids.reclaim(id)) this.#counts.lateAnswers += 1;
    else this.#counts.unknownAnswers += 1;
    return false;
  }

  #takes(id: bigint, payload: Buffer): void {
    const request = this.#inFlight.get(id);
    if (request === undefined) {
      // Given up while the answer was coming.
      this.#ids.reclaim(id);
      this.#counts.lateAnswers += 1;
      return;
    }
    this.#remove(request);
    this.#counts.answers += 1;
    request.resolve(payload);
  }

  #listen(): void {
    const { socket } = this;
    socket.on('error', (error) => this.#lost(`was lost: ${describeError(error)}`, { cause: error }));
    socket.on('end', () => this.#lost('was ended by the server'));
    socket.on('close', () => this.#lost('was closed'));
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    if (socket.destroyed || socket.readableEnded) this.#lost('was closed before it could be used');
  }

  #read(chunk: Buffer): void {
    if (this.#state.kind === 'ended') return;
    this.#mismatch.hear(chunk);
    try {
      this.#reader.push(chunk);
    } catch (cause) {
      const message = `${this.#peer} sent what is no frame: ${describeError(cause)}${this.#mismatch.hint}`;
      this.#fail(new MuxProtocolError(message, { cause }));
    }
    this.#silentSince = this.#inFlight.size > 0 ? now() : undefined;
  }

  #lost(how: string, options?: ErrorOptions): void {
    if (this.#inFlight.size > 0) this.#mismatch.endedOwing();
    this.#break(this.#reader.isInFrame ? `${how} in the middle of a frame` : how, options);
  }

  #break(how: string, options?: ErrorOptions): void {
    const { size } = this.#inFlight;
    const what = size === 0 ? '' : `, with ${size} request${size === 1 ? '' : 's'} in flight`;
    this.#fail(
      new MuxConnectionError(`the connection to ${this.#peer} ${how}${what}${this.#mismatch.hint}`, options),
    );
  }

  /** The connection failed by itself. */
  #fail(error: Error): void {
    if (this.#state.kind === 'ended') return;
    this.#end(error);
    this.socket.destroy();
    this.#settings.onBroken(error);
  }

  /** The one way out of service: rejects what is in flight, refuses what comes after. */
  #end(error: Error): void {
    const state = this.#state;
    if (state.kind === 'ended') return;
    this.#state = { kind: 'ended', error };
    const requests = [...this.#inFlight.values()];
    this.#inFlight.clear();
    this.#deadlines.clear();
    this.#outbox.end();
    for (const request of requests) {
      unwatchAbort(request);
      request.reject(error);
    }
    if (state.kind === 'closing') state.onEmpty();
  }
}

function addressOf({ remoteAddress, remotePort }: Socket): string {
  return remoteAddress === undefined ? 'the server' : `${remoteAddress}:${remotePort}`;
}
