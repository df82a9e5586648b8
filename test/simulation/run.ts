import { endRun } from './ending.js';
import { trace } from './events.js';
import { Simulation } from './simulation.js';
import type { Settings, Step } from './steps.js';
import { VirtualTime } from './virtual-time.js';
import { Violation, type World } from './world.js';

/**
 * Runs a trace; a pure function of its arguments. Throws what went wrong first: a {@link Violation}, or what the
 * pool threw where it must not.
 */
export async function run(
  steps: readonly Step[],
  settings: Settings,
  narrate?: (line: string) => void,
): Promise<World['counts']> {
  const time = VirtualTime.begin(settings.random);
  let stopTracing = () => {};
  try {
    const simulation = new Simulation(settings, time, narrate);
    stopTracing = trace(simulation.world);
    await simulation.settle();
    for (const step of steps) await simulation.step(step);
    await endRun(simulation, settings.end);
    return simulation.world.counts;
  } catch (error) {
    if (error instanceof Violation) throw error;
    throw new Violation(
      'nothing throws out of place',
      error instanceof Error ? (error.stack ?? '') : String(error),
    );
  } finally {
    stopTracing();
    time.end();
  }
}
