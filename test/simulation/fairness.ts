import type { PoolStats } from '../../lib/pool/index.js';
import type { Call } from './records.js';
import type { World } from './world.js';

/** Waiters are served by priority and then in order of arrival; nobody overtakes. */
export function checkOrder(world: World): void {
  for (const served of world.servedThisTurn) {
    for (const waiting of world.pending) {
      if (overtakes(served, waiting, world.turn)) {
        const detail = `call ${served.id} (priority ${served.priority}) is served before call ${waiting.id} (priority ${waiting.priority})`;
        world.violate('waiters are served in order', detail);
      }
    }
  }
}

/** Whether serving one while the other waits on is against the order. */
function overtakes(served: Call, waiting: Call, turn: number): boolean {
  if (served.within === waiting) return false;
  if (served.kind === 'tryGet' && waiting.turn < served.turn) return true;
  if (waiting.id < served.id) return waiting.priority <= served.priority;
  // Who came later, in this same turn, may have come after the other was served.
  return waiting.turn < turn && waiting.priority < served.priority;
}

/** Whoever can be served is; whoever has run out of time or patience has been told. */
export function checkWakeUps(world: World, stats: PoolStats): void {
  const { now } = world.time;
  for (const call of world.pending) {
    if (now > call.deadline && now > world.stalledUntil) {
      world.violate('deadlines are kept', `call ${call.id} waits on past ${call.deadline} ms`);
    }
    if (call.signal?.aborted === true) world.violate('an aborted call ends', `call ${call.id} waits on`);
    if (world.closedBy !== undefined)
      world.violate('a closed pool ends all calls', `call ${call.id} waits on`);
  }
  for (const call of world.spared.splice(0)) {
    if (call.state !== 'pending') continue;
    world.violate('a failed dial fails who asked for it', `call ${call.id} waits on, another was rejected`);
  }
  const { checking, dialing, waiting } = stats;
  const expected = Math.max(0, world.pending.size - dialing - checking);
  if (waiting !== expected) world.violate('stats tell the truth', `waiting is ${waiting}, not ${expected}`);
  if (world.serving && world.pending.size > 0) checkCapacity(world, stats);
}

/** While calls wait, each has a dial or a check on its way, or there is no room for one. */
function checkCapacity(world: World, { open, idle, checking, dialing }: PoolStats): void {
  const figures = `${world.pending.size} calls wait, open ${open}, idle ${idle}, checking ${checking}, dialing ${dialing}`;
  if (world.pending.size > dialing + checking) {
    if (idle > 0) world.violate('free connections go to waiters', figures);
    if (open + dialing < world.bound && dialing < world.limits.maxDialing) {
      world.violate('free room goes to waiters', `${figures}, the bound is ${world.bound}`);
    }
  }
  if (world.hasHeartbeat || idle === 0) return;
  world.violate('free connections go to waiters', `${figures}, and all idle ones are fresh`);
}
