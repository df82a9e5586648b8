import { MiddlewareError } from '../middleware/middleware.js';
import { CallTimeoutError } from '../middleware/timeout.js';
import { verdict } from '../middleware/verdict.js';
import { PoolClosedError, PoolExhaustedError, WaitQueueFullError, WaitTimeoutError } from '../pool/errors.js';

/** What a call that ended says about its node; `neutral` says nothing. */
export type Outcome = 'success' | 'failure' | 'neutral';

/** Whether an error of a call counts against its node. */
export type IsFailure = (error: unknown) => boolean;

/**
 * What a `get` that failed says about its node: a pool that is busy or closing is not a node that fails, anything
 * else (a failed dial, foremost) is.
 */
export function outcomeOfGet(error: unknown): Outcome {
  const busy =
    error instanceof WaitTimeoutError ||
    error instanceof PoolExhaustedError ||
    error instanceof WaitQueueFullError ||
    error instanceof PoolClosedError;
  return busy ? 'neutral' : 'failure';
}

/** What an error of a call's function says about its node. */
export function outcomeOfCall(error: unknown, isFailure: IsFailure): Outcome {
  return error instanceof MiddlewareError ? 'neutral' : judge(error, isFailure);
}

/**
 * What a call that was given up at its node says about it. A time limit of the call's own middleware that ran out
 * is the node's failure; whoever else gave the call up says nothing about the node. `caller` is the caller's signal:
 * its reason may be a time limit too, that of another call which this one is a part of.
 */
export function outcomeOfAbort(
  reason: unknown,
  caller: AbortSignal | undefined,
  isFailure: IsFailure,
): Outcome {
  const isCallers = caller?.aborted === true && caller.reason === reason;
  return reason instanceof CallTimeoutError && !isCallers ? judge(reason, isFailure) : 'neutral';
}

function judge(error: unknown, isFailure: IsFailure): Outcome {
  return verdict('isFailure', () => isFailure(error), true) ? 'failure' : 'success';
}
