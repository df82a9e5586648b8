import assert from 'node:assert/strict';
import { format } from 'node:util';
import createDebug from 'debug';
import { waitForEvent } from '../../support/wait-for.js';
import { fakeCluster, gate, settle } from './fake-cluster.js';

describe('Cluster.stats', () => {
  it('is a plain snapshot of the cluster, its nodes and their sources', async () => {
    const { cluster, source } = fakeCluster([]);
    cluster.addEndpoint({ id: 'a', host: '127.0.0.1', port: 7000, weight: 2 });
    const hold = gate();
    const call = cluster.do(() => hold.promise);
    await settle();
    const stats = cluster.stats();
    assert.deepEqual(structuredClone(stats), {
      name: 'c',
      state: 'open',
      nodes: [
        {
          id: 'a',
          host: '127.0.0.1',
          port: 7000,
          state: 'healthy',
          available: true,
          breaker: 'closed',
          weight: 2,
          trafficShare: 1,
          inFlight: 1,
          calls: 0,
          failures: 0,
          callMsTotal: 0,
          source: source('a').stats(),
        },
      ],
      calls: 1,
      rejected: 0,
      running: 1,
      cut: 0,
      waiting: 0,
      panicking: false,
    });
    hold.resolve();
    await call;
    assert.equal(stats.nodes[0]!.inFlight, 1);
  });

  it('counts runs, failures and their time per node', async () => {
    const { cluster } = fakeCluster(['a'], { isFailure: (e) => !(e instanceof RangeError) });
    await cluster.do(() => new Promise((resolve) => setTimeout(resolve, 20)));
    await assert.rejects(
      cluster.do(() => Promise.reject(new RangeError('not found'))),
      /not found/,
    );
    await assert.rejects(
      cluster.do(() => Promise.reject(new Error('down'))),
      /down/,
    );
    const [node] = cluster.stats().nodes;
    assert.deepEqual([node!.calls, node!.failures, node!.lastError], [3, 1, 'down']);
    assert.ok(node!.callMsTotal >= 15, String(node!.callMsTotal));
  });

  it('names a cluster that has no name, each one differently', () => {
    const one = fakeCluster([], { name: undefined }).cluster;
    const two = fakeCluster([], { name: undefined }).cluster;
    assert.match(one.stats().name, /^cluster-\d+$/);
    assert.notEqual(one.name, two.name);
  });
});

describe('Events of a cluster', () => {
  it('tell what failed', async () => {
    const { cluster } = fakeCluster(['a'], { breaker: { maxFails: 1 } });
    const opened = waitForEvent(cluster, 'breakerOpen');
    await assert.rejects(
      cluster.do(() => Promise.reject(new Error('down'))),
      /down/,
    );
    const [node, error] = await opened;
    assert.deepEqual([(node as { id: string }).id, (error as Error).message], ['a', 'down']);
  });

  it('whose listener throws disturb nothing and become a warning', async () => {
    const warning = waitForEvent<[Error]>(process, 'warning');
    const { cluster } = fakeCluster([]);
    cluster.on('nodeAdded', () => {
      throw new Error('listener bug');
    });
    cluster.addEndpoint({ id: 'a' });
    assert.equal(await cluster.do((c) => c.node), 'a');
    assert.match((await warning)[0].message, /listener bug/);
    const second = waitForEvent<[Error]>(process, 'warning');
    cluster.on('nodeReady', () => {
      throw 'a string';
    });
    cluster.addEndpoint({ id: 'b' });
    await second;
  });

  it('are written to the log of DEBUG=connpool:cluster', async () => {
    const lines: string[] = [];
    const { log } = createDebug;
    createDebug.log = (...args: unknown[]) => lines.push(format(...args));
    createDebug.enable('connpool:cluster');
    try {
      const { cluster } = fakeCluster(['a'], { breaker: { maxFails: 1 } });
      await assert.rejects(
        cluster.do(() => Promise.reject(new Error('down'))),
        /down/,
      );
    } finally {
      createDebug.disable();
      createDebug.log = log;
    }
    assert.match(lines.join('\n'), /c: nodeAdded.*'a'/);
    assert.match(lines.join('\n'), /c: breakerOpen.*'a'.*down/s);
  });

  it('may remove the node they are about', async () => {
    const { cluster, events } = fakeCluster([]);
    cluster.on('nodeAdded', (node: { id: string }) => void cluster.removeEndpoint(node.id));
    cluster.addEndpoint({ id: 'a' });
    await settle();
    assert.deepEqual(cluster.stats().nodes, []);
    assert.ok(!events.includes('nodeReady a'));
    await assert.rejects(
      cluster.do(() => 1),
      { code: 'ERR_NO_AVAILABLE_CLIENT' },
    );
  });

  it('may close the cluster from a breaker', async () => {
    const { cluster, inFlight } = fakeCluster(['a', 'b'], {
      breaker: { maxFails: 1 },
      outlier: { consecutiveFailures: 1 },
    });
    let closing: Promise<void> | undefined;
    cluster.on('breakerOpen', () => {
      closing = cluster.close();
    });
    await assert.rejects(
      cluster.do(() => Promise.reject(new Error('down'))),
      /down/,
    );
    await closing;
    assert.equal(inFlight(), 0);
    assert.equal(cluster.stats().state, 'closed');
  });
});
