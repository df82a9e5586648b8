import assert from 'node:assert/strict';
import { Cluster } from '../../../lib/cluster/index.js';

describe('Options of a cluster', () => {
  const connect = () => {
    throw new Error('unused');
  };
  const discovery = { watch: () => (async function* () {})() };

  for (const [options, option] of [
    [null, 'options'],
    [{ nam: 'x' }, 'nam'],
    [{ name: '' }, 'name'],
    [{ discovery: {}, connect }, 'discovery'],
    [{ discovery: null, connect }, 'discovery'],
    [{ discovery }, 'connect'],
    [{ connect: {} }, 'connect'],
    [{ balancer: 'fastest' }, 'balancer'],
    [{ balancer: null }, 'balancer'],
    [{ balancer: { pick() {} } }, 'balancer'],
    [{ breaker: true }, 'breaker'],
    [{ breaker: { maxFails: 0 } }, 'maxFails'],
    [{ breaker: { maxFails: '3' } }, 'maxFails'],
    [{ breaker: { cooldownMs: -1 } }, 'cooldownMs'],
    [{ breaker: { coolDownMs: 1 } }, 'coolDownMs'],
    [{ isFailure: true }, 'isFailure'],
    [{ outlier: true }, 'outlier'],
    [{ outlier: { consecutiveFailures: 0 } }, 'consecutiveFailures'],
    [{ outlier: { intervalMs: 0 } }, 'intervalMs'],
    [{ outlier: { maxEjected: 10 } }, 'maxEjected'],
    [{ outlier: { baseEjectionMs: 500, maxEjectionMs: 400 } }, 'maxEjectionMs'],
    [{ panicThreshold: 50 }, 'panicThreshold'],
    [{ panicThreshold: Number.NaN }, 'panicThreshold'],
    [{ healthCheck: { intervalMs: 0 } }, 'intervalMs'],
    [{ healthCheck: { check: 'tcp' } }, 'check'],
    [{ healthCheck: { endsEjection: 1 } }, 'endsEjection'],
    [{ slowStartMs: -1 }, 'slowStartMs'],
    [{ slowStartMs: Infinity }, 'slowStartMs'],
    [{ prewarm: 1.5 }, 'prewarm'],
    [{ prewarm: '2' }, 'prewarm'],
    [{ allowEmpty: 'yes' }, 'allowEmpty'],
  ] as const) {
    it(`refuse ${JSON.stringify(options)} by the name of ${option}`, () => {
      assert.throws(() => new Cluster(options as never), { code: 'ERR_INVALID_OPTION', option });
    });
  }

  it('may all be left out, undefined or off', () => {
    new Cluster();
    new Cluster({
      name: undefined,
      discovery: undefined,
      connect: undefined,
      balancer: undefined,
      breaker: false,
      isFailure: undefined,
      outlier: false,
      panicThreshold: 0,
      healthCheck: false,
      slowStartMs: 0,
      prewarm: 0,
      allowEmpty: undefined,
    });
  });

  it('are not altered, and not followed when they are altered later', async () => {
    const options = Object.freeze({ name: 'mine', breaker: Object.freeze({ maxFails: 1 }) });
    const cluster = new Cluster<string>(options);
    assert.equal(cluster.name, 'mine');
    const open = { name: 'x' };
    const other = new Cluster(open);
    open.name = 'y';
    assert.equal(other.name, 'x');
  });

  it('take a base ejection longer than the default limit', () => {
    new Cluster({ outlier: { baseEjectionMs: 400_000 } });
  });
});
