import assert from 'node:assert/strict';
import fc from 'fast-check';
import { VirtualTime } from '../virtual-time.js';
import { ClusterSimulation } from './cluster-simulation.js';
import { type ClusterSettings, type ClusterStep, clusterSettings, clusterStep } from './cluster-steps.js';

const RUNS = Number(process.env.CLUSTER_RUNS ?? 300);
const STEPS = 60;

describe('a cluster of misbehaving nodes on simulated time', () => {
  const seen = new Map<string, number>();

  it(`loses no call, runs none twice and drains what is removed, in ${RUNS} lives`, async function () {
    this.timeout(180_000);
    const property = fc.asyncProperty(
      clusterSettings,
      fc.array(clusterStep, { minLength: STEPS / 2, maxLength: STEPS, size: 'max' }),
      async (settings, steps) => {
        const violations = await live(settings, steps, seen);
        assert.deepEqual(violations.slice(0, 5), []);
      },
    );
    await fc.assert(property, {
      seed: Number(process.env.CLUSTER_SEED ?? 20_240_601),
      numRuns: RUNS,
      interruptAfterTimeLimit: 150_000,
    });
  });

  it('was driven through everything that can happen', () => {
    const expected = [
      'good',
      'NoAvailableClientError',
      'PoolClosedError',
      'CallTimeoutError',
      'GivenUp',
      'DialError',
      'breakerOpen',
      'breakerClose',
      'nodeEjected',
      'nodeRemoved',
      'nodeClosed',
      'discoveryError',
      'healthCheckFailed',
    ];
    assert.deepEqual(
      expected.filter((what) => (seen.get(what) ?? 0) < 10),
      [],
    );
  });
});

async function live(
  settings: ClusterSettings,
  steps: readonly ClusterStep[],
  seen: Map<string, number>,
): Promise<string[]> {
  const time = VirtualTime.begin(1);
  try {
    const simulation = new ClusterSimulation(settings, time);
    for (const step of steps) {
      await simulation.step(step);
      await time.settle();
      simulation.check();
      if (simulation.violations.length > 0) return simulation.violations;
    }
    await simulation.end();
    for (const [what, times] of simulation.seen) seen.set(what, (seen.get(what) ?? 0) + times);
    return simulation.violations;
  } finally {
    time.end();
  }
}
