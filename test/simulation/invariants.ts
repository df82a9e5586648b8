import type { CloseReason, PoolStats } from '../../lib/pool/index.js';
import { checkOrder, checkWakeUps } from './fairness.js';
import type { Signals } from './signals.js';
import type { World } from './world.js';

/** What holds at every instant, also inside of callbacks and between the steps of one tick. */
export function checkInstant(world: World, stats: PoolStats = world.stats): void {
  const { open, idle, inUse, checking, dialing, closing, waiting } = stats;
  const figures = `open ${open}, idle ${idle}, in use ${inUse}, checking ${checking}, dialing ${dialing}`;
  if (open !== idle + inUse + checking) world.violate('open = idle + inUse + checking', figures);
  if (Math.min(open, idle, inUse, checking, dialing, closing, waiting) < 0) {
    world.violate('gauges are never negative', `${figures}, closing ${closing}, waiting ${waiting}`);
  }
  const bound = Math.max(world.bound, world.ceiling);
  if (open + dialing > bound) world.violate('open + dialing is bounded', `${figures}, the bound is ${bound}`);
  let dialed = 0;
  let standing = 0;
  for (const attempt of world.attempts) if (!attempt.ctx.signal.aborted) dialed++;
  // A client that comes from a dial given up is closed as soon as the pool hears of it.
  for (const { proven, attempt } of world.live)
    if (proven !== undefined || !attempt.ctx.signal.aborted) standing++;
  if (standing + dialed > bound) {
    const seen = `${standing} stand and ${dialed} are dialed, the bound is ${bound}`;
    world.violate('open + dialing is bounded', seen);
  }
  const dialBound = Math.max(world.limits.maxDialing, world.dialCeiling);
  if (dialing > dialBound) world.violate('dials are bounded', `${figures}, maxDialing is ${dialBound}`);
  world.ceiling = Math.min(world.ceiling, open + dialing);
  world.dialCeiling = Math.min(world.dialCeiling, dialing);
}

/** What holds whenever nothing more can happen without time passing. Ends the turn. */
export function checkSettled(world: World, signals: Signals): void {
  const { stats } = world;
  checkInstant(world, stats);
  checkGauges(world, stats);
  checkConnections(world, stats);
  checkOrder(world);
  checkWakeUps(world, stats);
  checkCounters(world, stats);
  checkTimers(world, stats);
  signals.check();
  for (const error of world.time.uncaught) world.violate('nothing is left uncaught', String(error));
  for (const warning of world.time.warnings) {
    if (warning !== 'a listener throws') world.violate('Node has nothing to warn of', warning);
  }
  world.servedThisTurn.length = 0;
  world.turn++;
}

function checkGauges(world: World, stats: PoolStats): void {
  let open = 0;
  let inUse = 0;
  let checking = 0;
  for (const connection of world.live) {
    if (connection.proven === undefined) continue;
    open++;
    if (connection.loan !== undefined) inUse++;
    else if (connection.beats > 0) checking++;
  }
  const idle = open - inUse - checking;
  compare(world, { open, inUse, checking, idle }, stats);
  const state =
    world.closedBy === undefined
      ? world.pausedSince === undefined
        ? 'open'
        : 'paused'
      : world.closed
        ? 'closed'
        : 'closing';
  if (stats.state !== state) world.violate('stats tell the truth', `state is ${stats.state}, not ${state}`);
  checkDialing(world, stats.dialing);
  checkClosing(world, stats.closing);
}

function checkDialing(world: World, dialing: number): void {
  let least = 0;
  for (const attempt of world.attempts) if (!attempt.ctx.signal.aborted) least++;
  for (const connection of world.live) if (connection.proven === undefined) least++;
  if (dialing < least) world.violate('stats tell the truth', `dialing is ${dialing}, not ${least}`);
}

function checkClosing(world: World, closing: number): void {
  const { now } = world.time;
  let least = 0;
  let most = 0;
  for (const connection of world.closing) {
    if (connection.closingUntil! > now) least++;
    if (connection.closingUntil! >= now || now <= world.stalledUntil) most++;
    else world.closing.delete(connection);
  }
  if (closing < least || closing > most) {
    world.violate('stats tell the truth', `closing is ${closing}, not ${least} to ${most}`);
  }
}

function checkConnections(world: World, { open, idle, maxActive, maxIdle }: PoolStats): void {
  for (const connection of world.live) {
    const lent = connection.loan !== undefined;
    const what = `client ${connection.client.id} is kept`;
    if (connection.beatFailed) world.violate('dead ones leave at once', what);
    if (lent && world.forced) world.violate('a closing pool closes by force in the end', what);
    if (connection.proven === undefined) {
      const { aborted } = connection.attempt.ctx.signal;
      if (aborted) world.violate('what comes too late is closed', what);
    } else if (!lent && connection.beats === 0) {
      if (connection.broken !== undefined) world.violate('broken idle ones leave at once', what);
      if (connection.stale !== undefined) world.violate('invalidated idle ones leave at once', what);
      if (world.closedBy !== undefined) world.violate('a closing pool keeps nothing idle', what);
    }
  }
  if (idle > 0 && open > maxActive) {
    world.violate('overflow is closed on return', `${idle} of ${open} are idle, maxActive is ${maxActive}`);
  }
  if (idle > maxIdle) world.violate('maxIdle is kept', `${idle} idle, maxIdle is ${maxIdle}`);
}

function checkCounters(world: World, stats: PoolStats): void {
  const { counts } = world;
  const expected: Partial<Record<keyof typeof stats, number>> = {
    gets: counts.gets,
    dials: counts.dials,
    heartbeats: counts.heartbeats,
    dialErrors: counts.dialErrorEvents,
    heartbeatErrors: counts.heartbeatErrorEvents,
    waitTimeouts: counts.waitTimeouts,
    rejected: counts.refused,
    leaks: counts.leaks,
    maxActive: world.limits.maxActive,
    maxIdle: world.limits.maxIdle,
  };
  compare(world, expected, stats);
  for (const [reason, told] of Object.entries(stats.closed)) {
    const seen = counts.closed[reason as CloseReason] ?? 0;
    if (told !== seen) world.violate('stats tell the truth', `closed.${reason} is ${told}, not ${seen}`);
  }
}

function compare(world: World, expected: Record<string, number>, found: object): void {
  for (const [name, value] of Object.entries(expected)) {
    const told = (found as Record<string, unknown>)[name];
    if (told !== value) world.violate('stats tell the truth', `${name} is ${String(told)}, not ${value}`);
  }
}

function checkTimers(world: World, { open, dialing, closing, checking }: PoolStats): void {
  const resting = world.pending.size === 0 && dialing + closing === 0 && world.promised.size === 0;
  const held = world.time.foreignTimersHeld;
  if (resting && checking === 0 && held > 0) {
    world.violate('upkeep lets the process exit', `${held} timers hold it while nobody waits`);
  }
  const timers = world.time.foreignTimers;
  const wanted = world.closed ? 0 : world.limits.minIdle;
  if (resting && open === 0 && wanted === 0 && timers > 0) {
    world.violate('an empty pool needs no timer', `${timers} are set`);
  }
  for (const call of world.pending) {
    if (call.deadline !== Infinity && held === 0) {
      world.violate('a waiting call holds the process', `no timer does for call ${call.id}`);
    }
  }
}
