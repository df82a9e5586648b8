import { type InterceptingListener, type Metadata, type StatusObject, status } from '@grpc/grpc-js';
import type { GrpcCall } from './grpc-call.js';

/** What a tracked call tells its connection. */
export interface CallWatch {
  /** How often anything came from the server; a later look at it says whether anything came meanwhile. */
  readonly heard: number;
  /** Something came from the server. */
  hear(): void;
  /** The call is over; its caller is told next. `silent`: since it started, nothing came over the connection. */
  ended(call: TrackedCall, outcome: StatusObject, silent: boolean): void;
}

/** A call in flight, between its start and its status; it passes everything on to its caller. */
export class TrackedCall implements InterceptingListener {
  readonly #call: GrpcCall;
  readonly #caller: InterceptingListener;
  readonly #watch: CallWatch;
  readonly #heardBefore: number;

  constructor(call: GrpcCall, caller: InterceptingListener, watch: CallWatch) {
    this.#call = call;
    this.#caller = caller;
    this.#watch = watch;
    this.#heardBefore = watch.heard;
  }

  /** Ends the call from this side. */
  cancel(details: string): void {
    this.#call.cancelWithStatus(status.CANCELLED, details);
  }

  onReceiveMetadata(metadata: Metadata): void {
    this.#watch.hear();
    this.#caller.onReceiveMetadata(metadata);
  }

  onReceiveMessage(message: unknown): void {
    this.#watch.hear();
    this.#caller.onReceiveMessage(message);
  }

  onReceiveStatus(outcome: StatusObject): void {
    this.#watch.ended(this, outcome, this.#watch.heard === this.#heardBefore);
    this.#caller.onReceiveStatus(outcome);
  }
}
