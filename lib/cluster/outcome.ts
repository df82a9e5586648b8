import { MiddlewareError } from '../middleware/middleware.js';
import { CallTimeoutError } from '../middleware/timeout.js';
import { PoolClosedError, PoolExhaustedError, WaitQueueFullError, WaitTimeoutError } from '../pool/errors.js';

/** What a call that ended says about its node; `neutral` says nothing. */
export type Outcome = 'success' | 'failure' | 'neutral';

/** Whether an error of a call counts against its node. */
export type IsFailure = (error: unknown) => boolean;

/**
 * What a `get` that failed says about its node: a pool that is busy or closing is not a node that fails, anything
 * else (a failed dial, foremost) is.
 */
export function outcomeOfGet(error: unknown, signal: AbortSignal | undefined, isFailure: IsFailure): Outcome {
  if (signal?.aborted === true) return outcomeOfAbort(signal.reason, isFailure);
  const busy =
    error instanceof WaitTimeoutError ||
    error instanceof PoolExhaustedError ||
    error instanceof WaitQueueFullError ||
    error instanceof PoolClosedError;
  return busy ? 'neutral' : 'failure';
}

/** What a call whose function failed says about its node. */
export function outcomeOfCall(
  error: unknown,
  signal: AbortSignal | undefined,
  isFailure: IsFailure,
): Outcome {
  if (signal?.aborted === true) return outcomeOfAbort(signal.reason, isFailure);
  if (error instanceof MiddlewareError) return 'neutral';
  return judge(error, isFailure);
}

/** A time limit that ran out is the node's failure; whoever else gave the call up says nothing about the node. */
function outcomeOfAbort(reason: unknown, isFailure: IsFailure): Outcome {
  return reason instanceof CallTimeoutError ? judge(reason, isFailure) : 'neutral';
}

function judge(error: unknown, isFailure: IsFailure): Outcome {
  try {
    return isFailure(error) ? 'failure' : 'success';
  } catch {
    // The error that matters is the call's; a callback that cannot judge it leaves the default.
    return 'failure';
  }
}
