import { PoolClosedError } from '../../lib/pool/index.js';
import type { Simulation } from './simulation.js';
import type { Settings } from './steps.js';
import { FAIR_DIAL, FAIR_WEATHER, type Weather } from './weather.js';

/** Longer than every time limit of the settings together. */
const PATIENCE_MS = 120_000;
/** Longer than the longest pause between two refills. */
const REFILL_PATIENCE_MS = 40_000;
/** Dials in the background, per idle connection wanted, that a refill may make meanwhile when they are in vain. */
const VAIN_REFILLS = 30;

const LAST_WEATHER: Record<Settings['end'], Weather> = {
  works: FAIR_WEATHER,
  refuses: { ...FAIR_WEATHER, dial: [{ ...FAIR_DIAL, how: 'reject' }] },
  drops: { ...FAIR_WEATHER, dial: [{ ...FAIR_DIAL, diesAfterMs: 1 }] },
};

/** The end of a run: everybody leaves, then the pool is closed. Nothing and nobody may be left behind. */
export async function endRun(simulation: Simulation, end: Settings['end']): Promise<void> {
  const { world } = simulation;
  simulation.calm = true;
  simulation.endpoint.weather = LAST_WEATHER[end];
  simulation.operator.resume();
  await simulation.settle();
  simulation.callers.leave();
  await simulation.settle();
  await until(simulation, PATIENCE_MS, () => quiet(simulation));
  if (!quiet(simulation)) {
    const left = `${world.pending.size} calls wait, ${world.loans.size} loans, ${[...world.promised].join(', ')}`;
    world.violate('everybody is served in the end', left);
  }
  if (world.closedBy === undefined) await checkRest(simulation, end);
  await checkClosing(simulation);
}

function quiet({ world }: Simulation): boolean {
  const promised = world.promised.size - (world.closedBy !== undefined && !world.closed ? 1 : 0);
  return world.pending.size === 0 && world.loans.size === 0 && promised === 0;
}

/** Nobody asks for anything: the pool keeps what it should, and does not wear itself out. */
async function checkRest(simulation: Simulation, end: Settings['end']): Promise<void> {
  const { world } = simulation;
  const { minIdle } = world.limits;
  if (minIdle === 0) return;
  const dials = world.counts.dials;
  if (end === 'works') {
    await until(simulation, REFILL_PATIENCE_MS, () => world.stats.idle >= minIdle);
    if (world.stats.idle < minIdle)
      world.violate('minIdle is kept', `${world.stats.idle} idle, not ${minIdle}`);
  } else {
    await simulation.time.advance(REFILL_PATIENCE_MS, () => {
      const vain = world.counts.dials - dials;
      if (vain > VAIN_REFILLS * minIdle) world.violate('a refill backs off', `${vain} dials in vain`);
      simulation.check();
    });
  }
}

async function checkClosing(simulation: Simulation): Promise<void> {
  const { world, time } = simulation;
  simulation.operator.close(undefined);
  await simulation.settle();
  await until(simulation, PATIENCE_MS, () => world.closed);
  if (!world.closed)
    world.violate('close ends', `not within ${PATIENCE_MS} ms: ${JSON.stringify(world.stats)}`);
  // Whatever still answers, answers now.
  await until(simulation, PATIENCE_MS, () => time.ownTimers === 0);
  await until(simulation, world.limits.closeTimeoutMs + 1, () => world.stats.closing === 0);
  world.pool.get().then(
    () => world.violate('a closed pool lends nothing', 'get resolves'),
    (error) => {
      if (!(error instanceof PoolClosedError)) world.violate('a closed pool says so', String(error));
    },
  );
  world.counts.gets++;
  if (world.pool.tryGet() !== undefined) world.violate('a closed pool lends nothing', 'tryGet gives one');
  await simulation.settle();
  checkNothingLeft(simulation);
  simulation.check();
}

function checkNothingLeft({ world, time }: Simulation): void {
  for (const connection of world.connections) {
    if (connection.closedFor === undefined && !connection.detached) {
      world.violate('closed exactly once', `client ${connection.client.id} never is`);
    }
  }
  if (time.foreignTimers > 0) world.violate('no timer stays', `${time.foreignTimers} are left`);
  const { gets, warmedUp, dials, opened, loans, detached, closed, configured } = world.counts;
  // Each call and each warmed-up connection is good for one dial with its retries. A refill of minIdle follows a
  // loss, a loan or a change of the limits, or the passing of time.
  const lost = Object.values(closed).reduce((sum, n) => sum + n, detached + loans + configured + 1);
  const refills = world.highest.minIdle === 0 ? 0 : world.highest.minIdle * (lost + time.now / 500);
  const bound = (gets + warmedUp) * (1 + world.highest.retries) + refills;
  if (dials > bound) world.violate('dials never spin', `${dials} dials, at most ${bound} were asked for`);
  if (opened > dials) world.violate('events tell the truth', `${opened} opened by ${dials} dials`);
}

async function until(simulation: Simulation, patienceMs: number, done: () => boolean): Promise<void> {
  const { time } = simulation;
  const end = time.now + patienceMs;
  for (let ms = 1; !done() && time.now < end; ms = Math.min(ms * 2, 1_000)) {
    await time.advance(ms, () => simulation.check());
  }
}
