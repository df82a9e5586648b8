import type { Call, Connection } from './records.js';
import type { World } from './world.js';

/** What must hold of a connection at the moment a caller gets it. */
export function checkHandOut(world: World, call: Call, connection: Connection): void {
  const what = `call ${call.id} gets client ${connection.client.id}, `;
  const { heartbeatIntervalMs, maxUses } = world.limits;
  if (connection.loan !== undefined) {
    world.violate('nobody shares a client', `${what}which call ${connection.loan.call.id} has`);
  }
  if (connection.gone && !world.mayRevoke) world.violate('lent ones are alive', `${what}which left the pool`);
  if (connection.proven === undefined) {
    world.violate('new ones are heartbeated first', `${what}which has not proved itself`);
  }
  // Within one turn both orders of events are possible, so only what was settled before counts.
  if (connection.broken !== undefined && connection.broken < world.turn) {
    world.violate('broken ones are never lent', `${what}broken since turn ${connection.broken}`);
  }
  if (connection.stale !== undefined && connection.stale < world.turn) {
    world.violate('invalidated ones are never lent', `${what}invalidated in turn ${connection.stale}`);
  }
  if (connection.lends > maxUses && world.limitsSettled) {
    world.violate('uses are bounded', `${what}lent for the ${connection.lends}th time`);
  }
  const restedMs = world.time.now - connection.provenAt;
  if (world.hasHeartbeat && restedMs > 0 && restedMs >= heartbeatIntervalMs && world.limitsSettled) {
    world.violate('rested ones are heartbeated first', `${what}unused and unchecked for ${restedMs} ms`);
  }
  if (world.hasHeartbeat && heartbeatIntervalMs === 0 && !connection.beatenSinceLoan && world.limitsSettled) {
    world.violate('rested ones are heartbeated first', `${what}unchecked since its last loan`);
  }
  if (world.pausedSince !== undefined && world.pausedSince < world.turn) {
    world.violate('a paused pool lends nothing', `${what}paused since turn ${world.pausedSince}`);
  }
  if (world.closedBy !== undefined && world.closedBy.turn < world.turn) {
    world.violate('a closed pool lends nothing', what);
  }
}
