import type { InterceptingCall, Interceptor, Metadata, StatusObject } from '@grpc/grpc-js';

/**
 * The status of calls that are cut: DEADLINE_EXCEEDED, because closing had a deadline; and the SDK would try one that
 * is CANCELLED again.
 */
const CUT_STATUS = 4;

type Call = Pick<InterceptingCall, 'start' | 'cancelWithStatus' | 'sendMessage' | 'halfClose'>;
type Listener = NonNullable<Parameters<InterceptingCall['start']>[1]>;

/** The calls of one client that are under way, so that they can be ended. */
export class CallsInFlight {
  readonly #calls = new Set<Call>();
  readonly #run: (work: () => void) => void;
  #cutBecause: string | undefined;

  /** @param run runs what starts a call */
  constructor(run: (work: () => void) => void) {
    this.#run = run;
  }

  /** Whether {@link cut} was called. */
  get areCut(): boolean {
    return this.#cutBecause !== undefined;
  }

  /** Sees every attempt of every call; must be the innermost. */
  readonly interceptor: Interceptor = (options, nextCall) => {
    const call = nextCall(options);
    const start = call.start.bind(call);
    call.start = (metadata, listener) => this.#run(() => this.#start(call, start, metadata, listener));
    if (!options.method_definition.requestStream) endAfterMessage(call);
    return call as InterceptingCall;
  };

  /** Ends the calls under way, and every later one as soon as it starts. */
  cut(because: string): void {
    this.#cutBecause = because;
    for (const call of this.#calls) call.cancelWithStatus(CUT_STATUS, because);
  }

  #start(call: Call, start: Call['start'], metadata: Metadata, listener?: Partial<Listener>): void {
    this.#calls.add(call);
    start(metadata, {
      onReceiveMetadata: (received: Metadata) => listener?.onReceiveMetadata?.(received),
      onReceiveMessage: (message: unknown) => listener?.onReceiveMessage?.(message),
      onReceiveStatus: (status: StatusObject) => {
        this.#calls.delete(call);
        listener?.onReceiveStatus?.(status);
      },
    });
    if (this.#cutBecause !== undefined) call.cancelWithStatus(CUT_STATUS, this.#cutBecause);
  }
}

/** The SDK forgets to end the request when it tries again: a server that waits for the end would never answer. */
function endAfterMessage(call: Call): void {
  const send = call.sendMessage.bind(call);
  const end = call.halfClose.bind(call);
  let isEnded = false;
  call.halfClose = () => {
    if (!isEnded) end();
    isEnded = true;
  };
  call.sendMessage = (message) => {
    send(message);
    call.halfClose();
  };
}
