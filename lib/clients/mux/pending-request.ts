import type { AbortTarget } from '../../pool/abort-watch.js';
import type { Deadline } from './deadlines.js';

/** A request whose caller waits for the answer. */
export class PendingRequest implements AbortTarget, Deadline {
  place = -1;

  constructor(
    readonly id: bigint,
    readonly signal: AbortSignal | undefined,
    readonly timeoutMs: number,
    /** When the time is up, ms of the monotonic clock; Infinity = never. */
    readonly due: number,
    readonly resolve: (payload: Buffer) => void,
    readonly reject: (error: unknown) => void,
    private readonly giveUp: (request: PendingRequest, reason: unknown) => void,
  ) {}

  onAbort(reason: unknown): void {
    this.giveUp(this, reason);
  }
}
