import {
  type Call,
  type CallOptions,
  Client,
  type ClientDuplexStream,
  type ClientUnaryCall,
  Metadata,
  type ServiceError,
} from '@grpc/grpc-js';
import type { MethodDefinition } from '@grpc/proto-loader';
import { EtcdError } from './etcd-error.js';
import {
  AUTHENTICATE,
  type KeyRange,
  RANGE,
  type RangeResponse,
  WATCH,
  type WatchRequest,
  type WatchResponse,
} from './etcd-protocol.js';
import type { EtcdTarget } from './etcd-target.js';

/** Longest answer, connecting included, ms: a member that is stuck must not keep us from the next one. */
const ANSWER_MS = 3_000;

const CHANNEL_OPTIONS = {
  // Each session dials anew: a dial shared with others may be stuck while its member is long back.
  'grpc.use_local_subchannel_pool': 1,
  'grpc.service_config_disable_resolution': 1,
  // A watch may be silent for hours: pings tell that from a member that is gone. etcd allows one every 5 s.
  'grpc.keepalive_time_ms': 10_000,
  'grpc.keepalive_timeout_ms': 3_000,
  'grpc.max_receive_message_length': -1,
} as const;

/** Who may read the keys. */
export interface EtcdAuth {
  readonly username: string;
  readonly password: string;
}

/** A connection to one member of an etcd cluster. Everything rejects with an `EtcdError`. */
export class EtcdSession {
  readonly #host: string;
  readonly #client: Client;
  readonly #metadata = new Metadata();

  constructor(host: string, { credentials, channelOptions }: EtcdTarget) {
    this.#host = host;
    this.#client = new Client(`dns:${host}`, credentials, { ...CHANNEL_OPTIONS, ...channelOptions });
    // Asks a member that has lost its cluster to end the watch: it would be silent otherwise.
    this.#metadata.set('hasleader', 'true');
  }

  /** Everything from here on is asked in the user's name. */
  async authenticate({ username, password }: EtcdAuth, signal: AbortSignal): Promise<void> {
    const { token } = await this.#ask(AUTHENTICATE, { name: username, password }, signal);
    this.#metadata.set('token', token);
  }

  /** The keys there are. */
  list(range: KeyRange, signal: AbortSignal): Promise<RangeResponse> {
    return this.#ask(RANGE, range, signal);
  }

  /** What changes from the revision on. Ends only by failing, or when the signal aborts. */
  async *watch(range: KeyRange, revision: string, signal: AbortSignal): AsyncGenerator<WatchResponse> {
    const call: ClientDuplexStream<WatchRequest, WatchResponse> = this.#client.makeBidiStreamRequest(
      WATCH.path,
      WATCH.requestSerialize,
      WATCH.responseDeserialize as (bytes: Buffer) => WatchResponse,
      this.#metadata,
    );
    // A call that is cancelled says so, also when nobody reads it any more.
    call.on('error', () => {});
    const release = cancelOnAbort(call, signal);
    try {
      call.write({ create_request: { ...range, start_revision: revision, fragment: true } });
      yield* call as AsyncIterable<WatchResponse>;
    } catch (error) {
      throw this.#failed(error as ServiceError);
    } finally {
      release();
      call.cancel();
    }
    throw new EtcdError(`etcd ${this.#host}: the watch ended`);
  }

  close(): void {
    this.#client.close();
  }

  #ask<TRequest extends object, TResponse extends object>(
    { path, requestSerialize, responseDeserialize }: MethodDefinition<TRequest, TResponse>,
    request: TRequest,
    signal: AbortSignal,
  ): Promise<TResponse> {
    return new Promise((resolve, reject) => {
      const options: CallOptions = { deadline: Date.now() + ANSWER_MS };
      const call: ClientUnaryCall = this.#client.makeUnaryRequest<TRequest, TResponse>(
        path,
        requestSerialize,
        responseDeserialize as (bytes: Buffer) => TResponse,
        request,
        this.#metadata,
        options,
        (error, response) => {
          release();
          if (error === null) resolve(response!);
          else reject(this.#failed(error));
        },
      );
      const release = cancelOnAbort(call, signal);
    });
  }

  #failed(cause: ServiceError): EtcdError {
    // grpc-js announces a note on the resolution also where it has none.
    const reason = (cause.details || cause.message).replace(/\. Resolution note: ?$/, '');
    return new EtcdError(`etcd ${this.#host}: ${reason}`, { cause });
  }
}

/** Gives what takes the listener off the signal again. */
function cancelOnAbort(call: Pick<Call, 'cancel'>, signal: AbortSignal): () => void {
  const cancel = () => call.cancel();
  if (signal.aborted) cancel();
  else signal.addEventListener('abort', cancel);
  return () => signal.removeEventListener('abort', cancel);
}
