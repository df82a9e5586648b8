import assert from 'node:assert/strict';
import { type Clock, install } from '@sinonjs/fake-timers';
import type { ClusterOptions, HealthCheckOptions } from '../../../lib/cluster/index.js';
import { PoolExhaustedError, WaitQueueFullError, WaitTimeoutError } from '../../../lib/pool/errors.js';
import { fakeCluster } from './fake-cluster.js';
import type { FakeClient } from './fake-source.js';

describe('Active health checks', () => {
  let clock: Clock;
  beforeEach(() => {
    clock = install();
  });
  afterEach(() => clock.uninstall());

  /** A cluster whose nodes are checked about once a second; `sick` are the ids whose check fails. */
  const checked = (
    ids: readonly string[],
    healthCheck: HealthCheckOptions = {},
    options: ClusterOptions<FakeClient> = {},
  ) => {
    const sick = new Set<string>();
    const fake = fakeCluster(ids, {
      healthCheck: {
        intervalMs: 1_000,
        timeoutMs: 200,
        check: ({ id }) => {
          if (sick.has(id)) throw new Error(`${id} is sick`);
        },
        ...healthCheck,
      },
      ...options,
    });
    return { ...fake, sick };
  };

  it('take a node out while its check fails', async () => {
    const { cluster, sick, state, events } = checked(['a', 'b']);
    sick.add('a');
    await clock.tickAsync(1_000);
    assert.deepEqual([state('a'), state('b')], ['unhealthy', 'healthy']);
    assert.equal(cluster.stats().nodes[0]!.lastError, 'a is sick');
    for (let i = 0; i < 6; i++) assert.equal(await cluster.do((c) => c.node), 'b');
    await assert.rejects(
      cluster.do(() => 1, { endpointId: 'a' }),
      /node 'a' is unavailable/,
    );
    sick.clear();
    await clock.tickAsync(1_000);
    assert.equal(state('a'), 'healthy');
    assert.deepEqual(events.slice(4), ['healthCheckFailed a', 'nodeMarkedUp a']);
  });

  for (const [what, check] of [
    ['throws', () => assert.fail()],
    ['rejects', () => Promise.reject(new Error('x'))],
    ['gives false', () => false],
    ['resolves to false', async () => false],
    ['takes too long', () => new Promise(() => {})],
  ] as const) {
    it(`count a check that ${what} as failed`, async () => {
      const { state } = checked(['a'], { check });
      await clock.tickAsync(1_200);
      assert.equal(state('a'), 'unhealthy');
    });
  }

  it('count any other result as passed', async () => {
    for (const check of [() => undefined, () => 0, () => '', async () => null, async () => true]) {
      const { state, cluster } = checked(['a'], { check });
      await clock.tickAsync(1_200);
      assert.equal(state('a'), 'healthy');
      await cluster.close();
    }
  });

  it('abort the signal of a check that takes too long', async () => {
    const signals: AbortSignal[] = [];
    checked(['a'], {
      check: (_endpoint, { signal }) => {
        signals.push(signal);
        return new Promise(() => {});
      },
    });
    await clock.tickAsync(1_200);
    assert.equal((signals[0]!.reason as { code: string }).code, 'ERR_HEALTH_CHECK');
  });

  it('wait for the given number of results in a row, up and down', async () => {
    const { sick, state } = checked(['a'], { failsToMarkDown: 3, passesToMarkUp: 2 });
    sick.add('a');
    await clock.tickAsync(2_000);
    assert.equal(state('a'), 'healthy');
    sick.clear();
    await clock.tickAsync(1_000);
    sick.add('a');
    await clock.tickAsync(2_000);
    assert.equal(state('a'), 'healthy');
    await clock.tickAsync(1_000);
    assert.equal(state('a'), 'unhealthy');
    sick.clear();
    await clock.tickAsync(1_000);
    assert.equal(state('a'), 'unhealthy');
    await clock.tickAsync(1_000);
    assert.equal(state('a'), 'healthy');
  });

  it('take a connection behind all callers and give it back, when there is no check', async () => {
    const { source, state } = checked(['a'], { check: undefined });
    await clock.tickAsync(1_000);
    assert.equal(source('a').gets.length, 1);
    assert.equal(source('a').gets[0]?.priority, Number.MAX_SAFE_INTEGER);
    assert.equal(source('a').lent, 0);
    source('a').gate = 'fail';
    await clock.tickAsync(1_000);
    assert.equal(state('a'), 'unhealthy');
    source('a').gate = 'never';
    await clock.tickAsync(3_000);
    assert.equal(state('a'), 'unhealthy');
  });

  it('take no busy node for a sick one', async () => {
    const { source, state, events } = checked(['a'], { check: undefined });
    const stats = source('a').stats();
    source('a').gate = 'fail';
    for (const busy of [
      new PoolExhaustedError(stats, 1),
      new WaitQueueFullError(stats, 1),
      new WaitTimeoutError(stats, 200, 'queue', undefined),
    ]) {
      source('a').failure = busy;
      await clock.tickAsync(1_000);
    }
    assert.equal(state('a'), 'healthy');
    assert.deepEqual(events, ['nodeAdded a', 'nodeReady a']);
    source('a').failure = new WaitTimeoutError(stats, 200, 'dial', undefined);
    await clock.tickAsync(1_000);
    assert.equal(state('a'), 'unhealthy');
  });

  it('cannot look at shared clients without a check, but can with one', async () => {
    const without = checked([], { check: undefined });
    without.cluster.addClient({ node: 's', number: 0 }, { id: 's' });
    assert.equal(clock.countTimers(), 0);
    const withCheck = checked([]);
    withCheck.sick.add('s');
    withCheck.cluster.addClient({ node: 's', number: 0 }, { id: 's' });
    await clock.tickAsync(1_000);
    assert.equal(withCheck.state('s'), 'unhealthy');
  });

  const failAt = async ({ cluster }: ReturnType<typeof checked>, id: string) => {
    for (let i = 0; i < 5; i++) {
      await assert.rejects(
        cluster.do(() => Promise.reject(new Error('down')), { endpointId: id }),
        /down/,
      );
    }
  };

  it('end the ejection of a node when they pass', async () => {
    const fake = checked(['a', 'b'], {}, { outlier: {}, breaker: false });
    await failAt(fake, 'a');
    assert.equal(fake.state('a'), 'ejected');
    await clock.tickAsync(1_000);
    assert.equal(fake.state('a'), 'healthy');
    assert.ok(fake.events.includes('nodeReadmitted a'));
  });

  it('leave an ejection its time when endsEjection is false', async () => {
    const fake = checked(['a', 'b'], { endsEjection: false }, { outlier: {}, breaker: false });
    await failAt(fake, 'a');
    await clock.tickAsync(29_000);
    assert.equal(fake.state('a'), 'ejected');
    await clock.tickAsync(1_000);
    assert.equal(fake.state('a'), 'healthy');
  });

  it('close no breaker', async () => {
    const fake = checked(['a', 'b'], {}, { breaker: { maxFails: 5, cooldownMs: 60_000 } });
    await failAt(fake, 'a');
    await clock.tickAsync(5_000);
    assert.equal(fake.state('a'), 'open');
  });

  it('spread over the interval, and stop with the node', async () => {
    /** When each node was checked first; one that began at once may have had its second check too. */
    const at = new Map<string, number>();
    const ids = Array.from({ length: 50 }, (_, i) => `n${i}`);
    let checks = 0;
    const { cluster } = checked(ids, {
      check: ({ id }) => {
        checks++;
        if (!at.has(id)) at.set(id, performance.now());
      },
    });
    await clock.tickAsync(1_000);
    const first = [...at.values()];
    assert.equal(first.length, 50);
    assert.ok(first.filter((t) => t < 500).length > 5 && first.filter((t) => t >= 500).length > 5);
    for (const id of ids) await cluster.removeEndpoint(id);
    assert.equal(clock.countTimers(), 0);
    const before = checks;
    await clock.tickAsync(5_000);
    assert.equal(checks, before);
  });

  it('are cut off when the node leaves while one is under way', async () => {
    const { cluster, events } = checked(['a'], { timeoutMs: 5_000, check: () => new Promise(() => {}) });
    await clock.tickAsync(1_000);
    await cluster.removeEndpoint('a');
    await clock.tickAsync(1_000);
    assert.deepEqual(events, ['nodeAdded a', 'nodeReady a', 'nodeRemoved a', 'nodeClosed a']);
    assert.equal(clock.countTimers(), 0);
  });
});
