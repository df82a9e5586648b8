import { Metadata, status } from '@grpc/grpc-js';
import type { GrpcCall } from './grpc-call.js';
import { markUnsent } from './grpc-errors.js';

/**
 * A call on a connection that is gone: it ends at once with `UNAVAILABLE`. grpc-js itself would connect anew, beneath
 * the pool, or throw on the spot, which callers of generated clients do not expect.
 */
export class RefusedCall implements GrpcCall {
  readonly #details: string;

  constructor(details: string) {
    this.#details = details;
  }

  start(_metadata: Metadata, listener: Parameters<GrpcCall['start']>[1]): void {
    const outcome = { code: status.UNAVAILABLE, details: this.#details, metadata: new Metadata() };
    markUnsent(outcome);
    process.nextTick(() => listener.onReceiveStatus(outcome));
  }

  // What else a client may ask of a call: there is nothing to send, to read or to cancel.
  cancelWithStatus(): void {}
  sendMessageWithContext(): void {}
  startRead(): void {}
  halfClose(): void {}
  setCredentials(): void {}
  getPeer(): string {
    return 'unknown';
  }
  getCallNumber(): number {
    return 0;
  }
  getAuthContext(): null {
    return null;
  }
}
