import {
  DialError,
  PoolClosedError,
  PoolExhaustedError,
  WaitQueueFullError,
  WaitTimeoutError,
} from '../../lib/pool/index.js';
import type { Call } from './records.js';
import type { World } from './world.js';

/** Whether a call could fail in this way at this moment. */
export function checkRejection(world: World, call: Call, error: unknown): void {
  const name = error instanceof Error ? error.name : String(error);
  const reason = call.signal?.aborted === true && error === call.signal.reason ? 'abort' : name;
  world.counts.errors[reason] = (world.counts.errors[reason] ?? 0) + 1;
  const why = improbable(world, call, error);
  if (why !== undefined) {
    world.violate('calls fail for a reason', `call ${call.id} rejects with ${String(error)}, but ${why}`);
  }
}

/** Why a call cannot have failed in this way; undefined when it can. */
function improbable(world: World, call: Call, error: unknown): string | undefined {
  if (call.signal?.aborted === true && error === call.signal.reason) return undefined;
  if (error instanceof PoolClosedError) return world.closedBy === undefined ? 'the pool is open' : undefined;
  if (error instanceof WaitTimeoutError) {
    world.counts.waitTimeouts++;
    return world.time.now < call.deadline ? `its deadline is ${call.deadline} ms` : undefined;
  }
  if (error instanceof DialError) return dialError(world, call, error);
  if (error instanceof WaitQueueFullError) {
    world.counts.refused++;
    if (error.stats.waiting < world.limits.maxWaiting && world.limitsSettled) return 'the queue is not full';
    return call.turn === world.turn ? undefined : 'it was in the queue';
  }
  if (error instanceof PoolExhaustedError) {
    world.counts.refused++;
    const { open, dialing, waiting } = error.stats;
    if (world.limits.wait && world.limitsSettled) return 'the pool queues';
    if (open + dialing + waiting < world.bound && world.limitsSettled) return 'there is room';
    return call.turn === world.turn ? undefined : 'it was in the queue';
  }
  return 'there is no such reason';
}

/** Each failed dial fails one call at most, after all of its attempts. */
function dialError(world: World, call: Call, error: DialError): string | undefined {
  const asker = world.askers.get(error.cause as object);
  if (asker !== undefined && asker !== call) world.spared.push(asker);
  const { counts } = world;
  counts.attemptsBlamed += error.attempts;
  if (counts.attemptsBlamed > counts.dialErrorEvents) {
    return `${counts.attemptsBlamed} failed attempts are blamed, ${counts.dialErrorEvents} failed`;
  }
  return error.cause === undefined ? 'it has no cause' : undefined;
}
