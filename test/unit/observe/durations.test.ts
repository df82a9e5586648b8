import assert from 'node:assert/strict';
import { channel } from 'node:diagnostics_channel';
import { describe, it } from 'mocha';
import { Registry } from 'prom-client';
import { collectPools } from '../../../lib/observe/prometheus/index.js';
import { ConnPool } from '../../../lib/pool/index.js';
import { withClock } from '../middleware/call-fixture.js';
import { clusterOf, pool, sharedNode } from './observed-fixture.js';

async function durations(register: Registry): Promise<string[]> {
  const text = await register.getSingleMetricAsString('connpool_request_duration_seconds');
  return text.split('\n').filter((line) => !line.startsWith('#'));
}

describe('the durations of collectPools', () => {
  it('are the times that clients were borrowed, in buckets', () =>
    withClock(async (clock) => {
      const register = new Registry();
      const p = pool({ name: 'p', idleTimeoutMs: 0 });
      const stop = collectPools(register, [p], { durations: [0.1, 0.5] });
      for (const ms of [50, 100, 300, 2_000]) {
        const transport = await p.get();
        await clock.tickAsync(ms);
        await transport.close(ms === 300);
      }
      assert.deepEqual(await durations(register), [
        'connpool_request_duration_seconds_bucket{le="0.1",pool="p"} 2',
        'connpool_request_duration_seconds_bucket{le="0.5",pool="p"} 3',
        'connpool_request_duration_seconds_bucket{le="+Inf",pool="p"} 4',
        'connpool_request_duration_seconds_sum{pool="p"} 2.45',
        'connpool_request_duration_seconds_count{pool="p"} 4',
      ]);
      stop();
      await p.close();
    }));

  it('begin at zero for a pool that nobody has called', async () => {
    const register = new Registry();
    const p = pool({ name: 'p' });
    const stop = collectPools(register, [p], { durations: [1] });
    assert.deepEqual(await durations(register), [
      'connpool_request_duration_seconds_bucket{le="1",pool="p"} 0',
      'connpool_request_duration_seconds_bucket{le="+Inf",pool="p"} 0',
      'connpool_request_duration_seconds_sum{pool="p"} 0',
      'connpool_request_duration_seconds_count{pool="p"} 0',
    ]);
    stop();
    await p.close();
  });

  it('leave out the pools of others, refused calls and clients that were closed when idle', async () => {
    const register = new Registry();
    const mine = pool({ name: 'mine', wait: false, maxActive: 1, maxOverflow: 0 });
    const theirs = pool({ name: 'theirs' });
    const stop = collectPools(register, [mine], { durations: [1] });
    for (let i = 0; i < 3; i++) await theirs.do(() => 1);
    const held = await mine.get();
    await assert.rejects(mine.get());
    await held.close();
    mine.invalidate();
    const counts = (await durations(register)).filter((line) => line.includes('_count'));
    assert.deepEqual(counts, ['connpool_request_duration_seconds_count{pool="mine"} 1']);
    stop();
    await Promise.all([mine.close(), theirs.close()]);
  });

  it('cover a pool from the scrape on that finds it among those observed', async () => {
    const register = new Registry();
    const p = pool({ name: 'p' });
    const observed: (typeof p)[] = [];
    const stop = collectPools(register, () => observed, { durations: [1] });
    await p.do(() => 1);
    observed.push(p);
    const count = 'connpool_request_duration_seconds_count{pool="p"}';
    assert.ok((await durations(register)).includes(`${count} 0`));
    await p.do(() => 1);
    assert.ok((await durations(register)).includes(`${count} 1`));
    stop();
    await p.close();
  });

  it('cover pools that join between scrapes, inside a cluster too, and forget those that leave', async () => {
    const register = new Registry();
    const p = pool({ name: 'p' });
    let nodes = ['a'];
    const cluster = clusterOf('k', () => nodes.map((id) => sharedNode(id, { source: p.stats() })));
    const stop = collectPools(register, () => [cluster], { durations: [1] });
    await p.do(() => 1);
    const count = 'connpool_request_duration_seconds_count{pool="p",cluster="k",node="a"}';
    assert.ok((await durations(register)).includes(`${count} 1`));
    nodes = [];
    assert.deepEqual(await durations(register), []);
    nodes = ['a'];
    assert.ok((await durations(register)).includes(`${count} 0`));
    stop();
    await p.close();
  });

  it('give what a cluster counted where pools cannot be told apart by their names', async () => {
    const register = new Registry();
    const twins = [pool({ name: 'p' }), pool({ name: 'p' })];
    const [first, second] = twins.map((twin) => twin.stats());
    const nodes = () => [
      sharedNode('a', { state: 'draining', source: first!, calls: 3, callMsTotal: 1_000 }),
      sharedNode('a', { source: second!, calls: 1, callMsTotal: 500 }),
      sharedNode('b', { source: second!, calls: 9, callMsTotal: 90 }),
    ];
    const stop = collectPools(register, [clusterOf('k', nodes)], { durations: [1] });
    await twins[0]!.do(() => 1);
    const labels = (node: string) => `{pool="p",cluster="k",node="${node}"}`;
    assert.deepEqual(
      (await durations(register)).filter((line) => !line.includes('_bucket')),
      [
        `connpool_request_duration_seconds_sum${labels('a')} 1.5`,
        `connpool_request_duration_seconds_count${labels('a')} 4`,
        `connpool_request_duration_seconds_sum${labels('b')} 0.09`,
        `connpool_request_duration_seconds_count${labels('b')} 9`,
      ],
    );
    stop();
    await Promise.all(twins.map((twin) => twin.close()));
  });

  it('work for clients that are functions, and pass over those that are no objects', async () => {
    const register = new Registry();
    const functions = pool({ name: 'f', dial: () => () => 1 });
    const numbers = new ConnPool<number>({ name: 'n', dial: () => 1, close: () => {} });
    const stop = collectPools(register, [functions, numbers], { durations: [1] });
    await functions.do(() => 1);
    await numbers.do(() => 1);
    const counts = (await durations(register)).filter((line) => line.includes('_count'));
    assert.deepEqual(counts, [
      'connpool_request_duration_seconds_count{pool="f"} 1',
      'connpool_request_duration_seconds_count{pool="n"} 0',
    ]);
    stop();
    await Promise.all([functions.close(), numbers.close()]);
  });

  it('start over when the registry resets its metrics', async () => {
    const register = new Registry();
    const p = pool({ name: 'p' });
    const stop = collectPools(register, [p], { durations: [1] });
    await p.do(() => 1);
    register.resetMetrics();
    await p.do(() => 1);
    assert.ok((await durations(register)).includes('connpool_request_duration_seconds_count{pool="p"} 1'));
    stop();
    await p.close();
  });

  it('watch the pools only while they are asked for', () => {
    const channels = ['connpool:get', 'connpool:close', 'connpool:dial'].map((name) => channel(name));
    const watched = () => channels.map((c) => c.hasSubscribers);
    const stop = collectPools(new Registry(), []);
    assert.deepEqual(watched(), [true, true, false]);
    stop();
    assert.deepEqual(watched(), [false, false, false]);
    collectPools(new Registry(), [], { durations: false })();
    const quiet = collectPools(new Registry(), [], { durations: false });
    assert.deepEqual(watched(), [false, false, false]);
    quiet();
  });
});
