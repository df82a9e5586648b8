import { type InterceptingListener, type Metadata, type StatusObject, status } from '@grpc/grpc-js';
import { Timer } from '../../pool/clock.js';
import type { GrpcCall } from './grpc-call.js';

/** What a tracked call tells its connection. */
export interface CallWatch {
  /** How often anything came from the server; a later look at it says whether anything came meanwhile. */
  readonly heard: number;
  /** Something came from the server. */
  hear(): void;
  /** Half of a call's time is over and, since it started, nothing came over the connection. */
  fellSilent(): void;
  /** The call is over; its caller is told next. `silent`: since it started, nothing came over the connection. */
  ended(call: TrackedCall, outcome: StatusObject, silent: boolean): void;
}

/** A call in flight, between its start and its status; it passes everything on to its caller. */
export class TrackedCall implements InterceptingListener {
  readonly #call: GrpcCall;
  readonly #caller: InterceptingListener;
  readonly #watch: CallWatch;
  readonly #heardBefore: number;
  readonly #halfTime: Timer;

  /** @param deadline when the call must have ended: a point in time, as `Date.now()` counts */
  constructor(call: GrpcCall, deadline: number, caller: InterceptingListener, watch: CallWatch) {
    this.#call = call;
    this.#caller = caller;
    this.#watch = watch;
    this.#heardBefore = watch.heard;
    this.#halfTime = new Timer(
      () => {
        if (this.#isSilent) watch.fellSilent();
      },
      (deadline - Date.now()) / 2,
      false,
    );
  }

  get #isSilent(): boolean {
    return this.#watch.heard === this.#heardBefore;
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
    this.#halfTime.cancel();
    // When the event loop was late, what came from the server may lie there unread.
    if (outcome.code === status.DEADLINE_EXCEEDED && this.#isSilent) setImmediate(() => this.#end(outcome));
    else this.#end(outcome);
  }

  #end(outcome: StatusObject): void {
    this.#watch.ended(this, outcome, this.#isSilent);
    this.#caller.onReceiveStatus(outcome);
  }
}
