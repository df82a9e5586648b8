import type { Socket } from 'node:net';
import {
  type ChannelCredentials,
  type ChannelOptions,
  type Client,
  connectivityState,
  Metadata,
  type StatusObject,
  status,
} from '@grpc/grpc-js';
import { now, Timer } from '../../pool/clock.js';
import { askHealth, HEALTH_CHECK } from './ask-health.js';
import { dialReason } from './dial-reason.js';
import { noteSockets } from './dial-sockets.js';
import type { GrpcCall } from './grpc-call.js';
import { GrpcConnectionError, markAnswered, markUnsent } from './grpc-errors.js';
import { type ChannelOwner, PooledChannel } from './pooled-channel.js';
import { type CallWatch, TrackedCall } from './tracked-call.js';

/** Longest grpc-js may take to tell why it could not connect, ms; it knows at once. */
const REASON_TIMEOUT_MS = 1_000;

/** A server that was asked for a sign of life has at least this long for it, ms. */
const ANSWER_MS = 100;

/** What grpc-js tells a call for which it has no connection. */
const NO_CONNECTION = 'No connection established';

/** What all connections of one pool have in common. */
export interface ConnectionSettings {
  /** The server's address, for messages. */
  readonly peer: string;
  /** Whether the connection is encrypted. */
  readonly secure: boolean;
  /** How long a server that let a call run out of time without a word may stay silent when it is asked again, ms. */
  readonly silenceTimeoutMs: number;
  /** Longest a closed connection may take to say goodbye before its socket is destroyed, ms. */
  readonly closeGraceMs: number;
  /** Whether grpc-js may send a call again that a server has looked at. */
  readonly repeatsCalls: boolean;
}

/**
 * One TCP connection to a gRPC server: a channel that shares its connection with no other and tells of every call.
 * Once it has left READY it is lost for good.
 */
export class GrpcConnection implements ChannelOwner, CallWatch {
  heard = 0;
  /** Why no call may start any more: the connection is lost, or closed. */
  refusal: string | undefined;
  readonly #settings: ConnectionSettings;
  readonly #onLost: (error: Error) => void;
  readonly #calls = new Set<TrackedCall>();
  /** The connection's sockets: one, but for the moments of a dial that has several addresses to try. */
  readonly #sockets = new Set<Socket>();
  /** Whether it ever was. */
  #ready = false;
  #sawSocket = false;
  #channel!: PooledChannel<GrpcConnection>;
  #client!: Client;
  #stopNoting: (() => void) | undefined;
  /** Since when the server owes an answer to a question for a sign of life. */
  #askedAt: number | undefined;

  /** `onLost` is called once, when the connection fails by itself after it was ready; not when it is closed. */
  constructor(settings: ConnectionSettings, onLost: (error: Error) => void) {
    this.#settings = settings;
    this.#onLost = onLost;
  }

  /** The connection that a client belongs to. */
  static of(client: Client): GrpcConnection | undefined {
    const channel = client.getChannel();
    return channel instanceof PooledChannel && channel.owner instanceof GrpcConnection
      ? channel.owner
      : undefined;
  }

  /** Makes its channel; grpc-js calls this when the client is made. */
  readonly openChannel = (
    target: string,
    credentials: ChannelCredentials,
    options: ChannelOptions,
  ): PooledChannel<GrpcConnection> => {
    this.#channel = new PooledChannel(target, credentials, options, this);
    return this.#channel;
  };

  /** Whether calls can be made. */
  get isUsable(): boolean {
    return (
      this.refusal === undefined && this.#channel.getConnectivityState(false) === connectivityState.READY
    );
  }

  /**
   * Connects `client`'s channel; resolves when the HTTP/2 handshake is done.
   * @throws GrpcConnectionError (as a rejection) with what grpc-js says when it fails; the signal's reason
   */
  async connect(client: Client, signal: AbortSignal): Promise<void> {
    this.#client = client;
    signal.throwIfAborted();
    let onAbort = () => {};
    try {
      await new Promise<void>((resolve, reject) => {
        onAbort = () => reject(signal.reason);
        signal.addEventListener('abort', onAbort);
        this.#stopNoting = noteSockets(this.#sockets, () => {
          this.#channel.getConnectivityState(true);
          this.#awaitReady(resolve, reject);
        });
      });
    } catch (error) {
      // What grpc-js has begun in this turn must come to its socket before that can be destroyed.
      await new Promise(setImmediate);
      void this.close();
      throw error;
    } finally {
      signal.removeEventListener('abort', onAbort);
      this.#sawSocket = this.#sockets.size > 0;
      this.#stopNoting?.();
    }
  }

  #awaitReady(resolve: () => void, reject: (error: Error) => void): void {
    const state = this.#channel.getConnectivityState(false);
    if (state === connectivityState.READY) {
      this.#ready = true;
      this.#channel.watchConnectivityState(state, Infinity, () => this.#leftReady());
      resolve();
    } else if (state === connectivityState.TRANSIENT_FAILURE) {
      this.#askReason((reason) => reject(this.#dialError(reason)));
    } else if (state !== connectivityState.SHUTDOWN) {
      this.#channel.watchConnectivityState(state, Infinity, () => this.#awaitReady(resolve, reject));
    }
  }

  /** Only a call is told why there is no connection; this one sends nothing, for there is none. */
  #askReason(tell: (reason: string) => void): void {
    const deadline = Date.now() + REASON_TIMEOUT_MS;
    const call = this.#channel.createUntrackedCall(HEALTH_CHECK, deadline, undefined, null, undefined);
    call.start(new Metadata(), {
      onReceiveMetadata() {},
      onReceiveMessage() {},
      onReceiveStatus: ({ details }) => tell(details),
    });
  }

  #dialError(details: string): GrpcConnectionError {
    const { peer, secure } = this.#settings;
    const reason = dialReason(details, secure);
    return new GrpcConnectionError(`connecting${secure ? ' with TLS' : ''} to ${peer} failed: ${reason}`);
  }

  #leftReady(): void {
    this.#lose(
      new GrpcConnectionError(`the connection to ${this.#settings.peer} was lost, or the server ends it`),
    );
  }

  /**
   * No call starts any more. Those in flight end by themselves: at once when the socket is gone, in their own time
   * after a GOAWAY. The channel stays open for those that the server has provably not looked at: these grpc-js sends
   * once more, over a connection that lasts until the client is given back.
   */
  #lose(error: GrpcConnectionError): void {
    if (this.refusal !== undefined) return;
    this.refusal = error.message;
    this.#onLost(error);
  }

  // ---- calls

  track(call: GrpcCall, deadline: number): void {
    const start = call.start.bind(call);
    call.start = (metadata, caller) => {
      const { refusal } = this;
      // An interceptor may have taken its time: grpc-js would keep the call waiting for its deadline.
      if (refusal !== undefined) {
        const outcome = { code: status.UNAVAILABLE, details: refusal, metadata: new Metadata() };
        markUnsent(outcome);
        process.nextTick(() => caller.onReceiveStatus(outcome));
        // Ends its deadline's timer.
        call.cancelWithStatus(outcome.code, refusal);
        return;
      }
      const tracked = new TrackedCall(call, deadline, caller, this);
      this.#calls.add(tracked);
      start(metadata, tracked);
    };
  }

  hear(): void {
    this.heard++;
  }

  ended(call: TrackedCall, outcome: StatusObject, silent: boolean): void {
    this.#calls.delete(call);
    const { code } = outcome;
    if (code === status.OK || code === status.CANCELLED) return;
    if (code === status.DEADLINE_EXCEEDED) {
      if (silent) this.#judgeSilence();
      return;
    }
    // The news of a socket that died may reach a call before it reaches the channel.
    if (this.#sawSocket && !this.#hasSocket()) this.#leftReady();
    if (code === status.UNAVAILABLE) {
      if (this.refusal === undefined) markAnswered(outcome);
      else if (this.#foundNoConnection(outcome)) markUnsent(outcome);
    }
    if (code !== status.UNAVAILABLE) this.hear();
  }

  /**
   * grpc-js looks for another connection only on behalf of a call that it has not sent, or that the server has
   * provably not looked at. While it finds none, no server can have said so.
   */
  #foundNoConnection({ details }: StatusObject): boolean {
    return (
      !this.#settings.repeatsCalls &&
      details.startsWith(NO_CONNECTION) &&
      this.#channel.getConnectivityState(false) === connectivityState.TRANSIENT_FAILURE
    );
  }

  #hasSocket(): boolean {
    for (const socket of this.#sockets) if (!socket.destroyed) return true;
    return false;
  }

  fellSilent(): void {
    void this.#askForLife();
  }

  /** A call ran out of time and nothing at all came from the server meanwhile. */
  #judgeSilence(): void {
    if (this.#askedAt === undefined || now() - this.#askedAt < ANSWER_MS) void this.#askForLife();
    // The caller is not told before the connection is out of the pool: it costs nobody else a call.
    else this.#lose(new GrpcConnectionError(`${this.#settings.peer} answers nothing any more`));
  }

  /**
   * Nothing comes from the server: is it slow, or gone without a word? Any answer to a health check, also that there is
   * no such service, says that it lives.
   */
  async #askForLife(): Promise<void> {
    if (this.#askedAt !== undefined || this.refusal !== undefined) return;
    const { peer, silenceTimeoutMs } = this.#settings;
    this.#askedAt = now();
    const before = this.heard;
    try {
      await askHealth(this.#client, '', { deadline: Date.now() + silenceTimeoutMs });
    } catch (error) {
      if ((error as { code?: unknown }).code !== status.DEADLINE_EXCEEDED || this.heard !== before) return;
      this.#lose(new GrpcConnectionError(`${peer} answers nothing any more`, { cause: error }));
    } finally {
      this.#askedAt = undefined;
    }
  }

  // ---- the end

  /** Cancels the calls in flight and closes the connection; resolves when its socket is closed. Never rejects. */
  async close(): Promise<void> {
    const { peer, closeGraceMs } = this.#settings;
    const works = this.#ready && this.refusal === undefined;
    this.refusal ??= `the connection to ${peer} was closed by this side`;
    for (const call of this.#calls) call.cancel(this.refusal);
    this.#channel.close();
    // One that does not work has nobody to say goodbye to; grpc-js would leave a handshake under way alone.
    await Promise.all([...this.#sockets].map((socket) => closed(socket, works ? closeGraceMs : 0)));
  }
}

/** Waits until grpc-js has closed the socket, for so long; then it is destroyed. */
function closed(socket: Socket, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = new Timer(() => socket.destroy(), graceMs, true);
    socket.once('close', () => {
      timer.cancel();
      resolve();
    });
  });
}
