import type { CloseReason } from '../../lib/pool/index.js';
import type { Connection } from './records.js';
import type { World } from './world.js';

/** What must hold of a connection at the moment the pool announces that it closes it. */
export function checkClose(world: World, connection: Connection, reason: CloseReason): void {
  const what = `client ${connection.client.id} is closed (${reason})`;
  const { loan } = connection;
  if (loan !== undefined) {
    // The answer of an aborted call is still outstanding: the pool may not wait for it.
    if (loan.call.kind === 'do' && loan.call.signal?.aborted === true) world.ending(loan, true);
    else if (world.mayRevoke) loan.revoked = true;
    else world.violate('lent ones are not closed', `${what} while call ${loan.call.id} has it`);
  }
  const why = improbable(world, connection, reason);
  if (why !== undefined) world.violate('connections are closed for a reason', `${what}, but ${why}`);
}

/** Why a connection cannot be closed for this reason; undefined when it can. */
function improbable(world: World, connection: Connection, reason: CloseReason): string | undefined {
  switch (reason) {
    case 'broken':
      return mayBeBroken(connection) ? undefined : 'nothing broke it';
    case 'heartbeat':
      return connection.beatFailed || connection.beats > 0 ? undefined : 'no heartbeat failed';
    case 'invalidated':
      return connection.attempt.generation < world.generation ? undefined : 'it was never invalidated';
    case 'shutdown':
      return world.closedBy === undefined ? 'the pool is open' : undefined;
    default:
      return world.limitsSettled ? withinLimits(world, connection, reason) : undefined;
  }
}

function mayBeBroken({ broken, doubtful, attempt, lastCall }: Connection): boolean {
  // A signal may abort after the function of a `do` has ended and before `do` hears of it.
  const cutShort = lastCall?.kind === 'do' && lastCall.signal?.aborted === true;
  return broken !== undefined || doubtful || attempt.ctx.signal.aborted || cutShort;
}

function withinLimits(
  world: World,
  connection: Connection,
  reason: 'idle' | 'lifetime' | 'uses' | 'excess',
): string | undefined {
  const { limits, stats } = world;
  const { now } = world.time;
  switch (reason) {
    case 'idle': {
      const idleMs = now - connection.idleSince;
      if (limits.idleTimeoutMs === 0 || idleMs < limits.idleTimeoutMs) return `it was idle for ${idleMs} ms`;
      return stats.idle < limits.minIdle ? `only ${stats.idle} idle ones are left` : undefined;
    }
    case 'lifetime': {
      // Timers of whole milliseconds may fire a fraction early.
      const soonestMs = limits.maxLifetimeMs * 0.9 - 1;
      const ageMs = now - connection.bornAt;
      return limits.maxLifetimeMs === 0 || ageMs < soonestMs ? `it is ${ageMs} ms old` : undefined;
    }
    case 'uses':
      return connection.lends < limits.maxUses ? `it was lent ${connection.lends} times` : undefined;
    case 'excess': {
      const tooMany = stats.open + 1 > limits.maxActive;
      const tooManyIdle = stats.idle + stats.checking + 1 > limits.maxIdle;
      return tooMany || tooManyIdle ? undefined : `${stats.open} are open and ${stats.idle} idle without it`;
    }
  }
}
