import assert from 'node:assert/strict';
import { channel } from 'node:diagnostics_channel';
import { inspect } from 'node:util';
import { describe, it } from 'mocha';
import type { NodeStats } from '../../../lib/cluster/cluster-stats.js';
import { collectPools } from '../../../lib/observe/otel/index.js';
import { withClock } from '../middleware/call-fixture.js';
import { clusterOf, pool, sharedNode } from './observed-fixture.js';
import { meterWithReader, type SeenMetric } from './otel-fixture.js';

/** A metric's points as [attributes, value]. */
const pairs = (metric: SeenMetric | undefined) =>
  metric?.points.map(({ attributes, value }) => [attributes, value]);

describe('collectPools of OpenTelemetry', () => {
  it('reports a pool under the names of the semantic convention', async () => {
    const { meter, collect } = meterWithReader();
    const p = pool({ name: 'p', maxActive: 2, maxIdle: 1 });
    const stop = collectPools(meter, [p], { durations: false });
    const held = [await p.get(), await p.get()];
    const late = assert.rejects(p.get({ timeoutMs: 1 }));
    const waiting = p.get();
    await late;

    const seen = await collect();
    const of = { 'db.client.connection.pool.name': 'p' };
    assert.deepEqual(pairs(seen['db.client.connection.count']), [
      [{ ...of, 'db.client.connection.state': 'idle' }, 0],
      [{ ...of, 'db.client.connection.state': 'used' }, 2],
    ]);
    assert.deepEqual(pairs(seen['db.client.connection.idle.max']), [[of, 1]]);
    assert.deepEqual(pairs(seen['db.client.connection.limit']), [[of, 2]]);
    assert.deepEqual(pairs(seen['db.client.connection.pending_requests']), [[of, 1]]);
    assert.deepEqual(pairs(seen['db.client.connection.timeouts']), [[of, 1]]);
    assert.equal(seen['db.client.connection.count']!.unit, '{connection}');
    assert.deepEqual(pairs(seen['connpool.connection.created']), [[of, 2]]);
    assert.deepEqual(pairs(seen['connpool.requests']), [[of, 4]]);

    await held[0]!.close(true);
    await (await waiting).close();
    await held[1]!.close();
    const closed = pairs((await collect())['connpool.connection.closed']);
    assert.ok(
      closed?.some(
        ([a, n]) => n === 1 && (a as Record<string, string>)['connpool.close.reason'] === 'broken',
      ),
    );
    stop();
    await p.close();
  });

  it('leaves out limits that are none', async () => {
    const { meter, collect } = meterWithReader();
    const p = pool({ name: 'p', maxActive: Infinity });
    const stop = collectPools(meter, [p], { durations: false });
    assert.deepEqual(pairs((await collect())['db.client.connection.limit']) ?? [], []);
    stop();
    await p.close();
  });

  it('takes another namespace, for metrics and attributes alike', async () => {
    const { meter, collect } = meterWithReader();
    const p = pool({ name: 'p' });
    const stop = collectPools(meter, [p], { namespace: 'rpc.client.connection' });
    await p.do(() => 1);
    const seen = await collect();
    assert.deepEqual(pairs(seen['rpc.client.connection.pending_requests']), [
      [{ 'rpc.client.connection.pool.name': 'p' }, 0],
    ]);
    assert.ok(seen['rpc.client.connection.use_time'] !== undefined);
    assert.ok(!Object.keys(seen).some((name) => name.startsWith('db.')));
    stop();
    await p.close();
  });

  it('times how long opening, waiting and using took, in seconds', () =>
    withClock(async (clock) => {
      const { meter, collect } = meterWithReader();
      const dial = () => new Promise<object>((resolve) => setTimeout(() => resolve({}), 20));
      const p = pool({ name: 'p', maxActive: 1, idleTimeoutMs: 0, dial });
      const theirs = pool({ name: 'theirs', idleTimeoutMs: 0 });
      const stop = collectPools(meter, [p]);
      await theirs.do(() => 1);
      const getting = p.get();
      await clock.tickAsync(20);
      const first = await getting;
      const second = p.get();
      await clock.tickAsync(100);
      await first.close();
      await (await second).close();

      const seen = await collect();
      const of = { 'db.client.connection.pool.name': 'p' };
      assert.deepEqual(pairs(seen['db.client.connection.create_time']), [[of, { count: 1, sum: 0.02 }]]);
      assert.deepEqual(pairs(seen['db.client.connection.wait_time']), [[of, { count: 2, sum: 0.12 }]]);
      assert.deepEqual(pairs(seen['db.client.connection.use_time']), [[of, { count: 2, sum: 0.1 }]]);
      assert.equal(seen['db.client.connection.use_time']!.unit, 's');
      stop();
      await Promise.all([p.close(), theirs.close()]);
    }));

  it('leaves failed dials out of create_time and failed calls out of wait_time', async () => {
    const { meter, collect } = meterWithReader();
    const p = pool({ name: 'p', dial: () => Promise.reject(new Error('down')) });
    const stop = collectPools(meter, [p]);
    await assert.rejects(p.get());
    const seen = await collect();
    assert.equal(seen['db.client.connection.create_time'], undefined);
    assert.equal(seen['db.client.connection.wait_time'], undefined);
    assert.deepEqual(pairs(seen['connpool.connection.dial_errors'])?.[0]?.[1], 1);
    stop();
    await p.close();
  });

  it('reports clusters and their nodes', async () => {
    const { meter, collect } = meterWithReader();
    const nodes = (): NodeStats[] => [
      sharedNode('a', { state: 'open', breaker: 'open', inFlight: 2, calls: 9 }),
      sharedNode('b'),
      sharedNode('c', { state: 'slow-start' }),
      sharedNode('d', { state: 'draining' }),
    ];
    const cluster = clusterOf('k', nodes, { discovery: { nodes: 3, updates: 2, errors: 1 } });
    const stop = collectPools(meter, [cluster]);
    const seen = await collect();
    const of = { 'connpool.cluster.name': 'k' };
    assert.deepEqual(pairs(seen['connpool.cluster.nodes']), [
      [{ ...of, 'connpool.node.health': 'healthy' }, 2],
      [{ ...of, 'connpool.node.health': 'unhealthy' }, 1],
    ]);
    assert.deepEqual(pairs(seen['connpool.node.breaker']), [
      [{ ...of, 'connpool.node.id': 'a' }, 2],
      [{ ...of, 'connpool.node.id': 'b' }, 0],
      [{ ...of, 'connpool.node.id': 'c' }, 0],
    ]);
    assert.deepEqual(pairs(seen['connpool.node.in_flight'])?.[0], [{ ...of, 'connpool.node.id': 'a' }, 2]);
    assert.deepEqual(pairs(seen['connpool.discovery.endpoints']), [[of, 3]]);
    assert.deepEqual(pairs(seen['connpool.discovery.updates']), [[of, 2]]);
    assert.deepEqual(pairs(seen['connpool.discovery.errors']), [[of, 1]]);
    const place = { ...of, 'connpool.node.id': 'a', 'db.client.connection.pool.name': 'a-client' };
    assert.deepEqual(pairs(seen['connpool.requests'])?.[0], [place, 9]);
    stop();
  });

  it('adds up pools that have the same name', async () => {
    const { meter, collect } = meterWithReader();
    const twins = [pool({ name: 'p' }), pool({ name: 'p' })];
    const stop = collectPools(meter, twins, { durations: false });
    for (const twin of twins) await twin.do(() => 1);
    const seen = await collect();
    const of = { 'db.client.connection.pool.name': 'p' };
    assert.deepEqual(pairs(seen['connpool.requests']), [[of, 2]]);
    assert.deepEqual(pairs(seen['db.client.connection.count'])?.[0]?.[1], 2);
    stop();
    await Promise.all(twins.map((twin) => twin.close()));
  });

  it('gives the times of pools with one name under that name alone', async () => {
    const { meter, collect } = meterWithReader();
    const twins = [pool({ name: 'p' }), pool({ name: 'p' })];
    const cluster = clusterOf('k', () =>
      twins.map((twin, i) => sharedNode(`n${i}`, { source: twin.stats() })),
    );
    const stop = collectPools(meter, [cluster]);
    for (const twin of twins) await twin.do(() => 1);
    const use = (await collect())['db.client.connection.use_time'];
    assert.equal(use!.points.length, 1);
    assert.deepEqual(use!.points[0]!.attributes, { 'db.client.connection.pool.name': 'p' });
    stop();
    await Promise.all(twins.map((twin) => twin.close()));
  });

  it('times a pool that joins those observed later', async () => {
    const { meter, collect } = meterWithReader();
    const p = pool({ name: 'p' });
    const observed: (typeof p)[] = [];
    const stop = collectPools(meter, () => observed);
    await p.do(() => 1);
    assert.equal((await collect())['db.client.connection.use_time'], undefined);
    observed.push(p);
    await collect();
    await p.do(() => 1);
    const use = pairs((await collect())['db.client.connection.use_time']);
    assert.equal((use![0]![1] as { count: number }).count, 1);
    stop();
    await p.close();
  });

  it('stops reporting and watching', async () => {
    const { meter, collect } = meterWithReader();
    const p = pool({ name: 'p' });
    const channels = ['get', 'close', 'dial'].map((name) => channel(`connpool:${name}`));
    let asked = 0;
    const stop = collectPools(meter, () => {
      asked++;
      return [p];
    });
    assert.deepEqual(
      channels.map((c) => c.hasSubscribers),
      [true, true, true],
    );
    await collect();
    stop();
    const askedBefore = asked;
    await collect();
    assert.equal(asked, askedBefore, 'nobody reads the pool any more');
    assert.deepEqual(
      channels.map((c) => c.hasSubscribers),
      [false, false, false],
    );
    const quiet = collectPools(meter, [p], { durations: false });
    assert.deepEqual(
      channels.map((c) => c.hasSubscribers),
      [false, false, false],
    );
    quiet();
    await p.close();
  });

  for (const [meter, sources, options, option] of [
    [undefined, [], {}, 'meter'],
    [{}, [], {}, 'meter'],
    [meterWithReader().meter, null, {}, 'sources'],
    [meterWithReader().meter, [], { namespace: '' }, 'namespace'],
    [meterWithReader().meter, [], { namespace: 'db client' }, 'namespace'],
    [meterWithReader().meter, [], { namespace: 'db.' }, 'namespace'],
    [meterWithReader().meter, [], { durations: [1] }, 'durations'],
    [meterWithReader().meter, [], { prefix: 'x' }, 'prefix'],
  ] as const) {
    it(`refuses ${inspect([sources, options])} on a ${typeof meter}, naming '${option}'`, () => {
      assert.throws(() => collectPools(meter as never, sources as never, options as never), {
        code: 'ERR_INVALID_OPTION',
        option,
      });
    });
  }
});
