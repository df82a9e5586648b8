import { ConnPoolError, DialError, WaitTimeoutError } from '../../pool/errors.js';

/**
 * An `acquire` took longer than `acquireTimeoutMillis`. Named and worded as in generic-pool; `cause` is the
 * engine's error, whose message holds the pool's figures and the last create error.
 */
export class TimeoutError extends ConnPoolError {
  constructor(cause: WaitTimeoutError) {
    super(cause.code, 'ResourceRequest timed out', { cause });
  }
}

/** What `acquire` rejects with: the factory's own error where there is one. */
export function asAcquireError(error: unknown): unknown {
  if (error instanceof WaitTimeoutError) return new TimeoutError(error);
  if (error instanceof DialError) return error.cause;
  return error;
}
