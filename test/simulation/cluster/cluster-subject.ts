import type { Subject, Tally } from '../subject.js';
import { traceArbitrary } from '../trace-arbitrary.js';
import { VirtualTime } from '../virtual-time.js';
import { Violation } from '../world.js';
import { ClusterSimulation } from './cluster-simulation.js';
import { type ClusterSettings, type ClusterStep, clusterSettings, clusterStep } from './cluster-steps.js';

/** One cluster of misbehaving nodes, with random callers and a random operator. */
export const clusterSubject: Subject<ClusterStep, ClusterSettings> = {
  flag: '--cluster',
  settings: clusterSettings,
  trace: (steps) => traceArbitrary(clusterStep, steps),
  run: live,
};

async function live(
  steps: readonly ClusterStep[],
  settings: ClusterSettings,
  narrate: (line: string) => void = () => {},
): Promise<Tally> {
  const time = VirtualTime.begin(settings.random);
  try {
    const simulation = new ClusterSimulation(settings, time, narrate);
    for (const step of steps) {
      narrate(`${time.now} ms: ${JSON.stringify(step)}`);
      await simulation.step(step);
      await time.settle();
      simulation.check();
      hold(simulation);
    }
    if (settings.recovers) await simulation.recover();
    hold(simulation);
    await simulation.end();
    hold(simulation);
    return Object.fromEntries(simulation.seen);
  } catch (error) {
    if (error instanceof Violation) throw error;
    throw new Violation(
      'nothing throws out of place',
      error instanceof Error ? (error.stack ?? '') : String(error),
    );
  } finally {
    time.end();
  }
}

/** @throws Violation */
function hold({ violations }: ClusterSimulation): void {
  if (violations.length > 0)
    throw new Violation('a cluster keeps its word', violations.slice(0, 5).join('; '));
}
