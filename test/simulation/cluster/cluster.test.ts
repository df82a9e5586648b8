import assert from 'node:assert/strict';
import { describeFailure, runSeed } from '../runner.js';
import { Totals } from '../totals.js';
import { clusterSubject } from './cluster-subject.js';

const LIVES = 300;
const STEPS = 60;

describe('a cluster of misbehaving nodes on simulated time', () => {
  const totals = new Totals();

  it(`loses no call, runs none twice, tries what recovers and drains what is removed, in ${LIVES} lives`, async function () {
    this.timeout(180_000);
    for (let seed = 1; seed <= LIVES; seed++) {
      const failure = await runSeed(clusterSubject, { seed, steps: STEPS }, (tally) => totals.add(tally));
      if (failure !== undefined) assert.fail(await describeFailure(clusterSubject, failure));
    }
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
      'breakerHalfOpen',
      'breakerClose',
      'nodeEjected',
      'nodeRemoved',
      'nodeClosed',
      'discoveryError',
      'healthCheckFailed',
      'triedAfterCooldown',
    ];
    assert.deepEqual(
      expected.filter((what) => totals.of(what) < 10),
      [],
    );
  });
});
