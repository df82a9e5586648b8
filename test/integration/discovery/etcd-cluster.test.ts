import assert from 'node:assert/strict';
import { Registry } from 'prom-client';
import { Cluster, type ClusterOptions } from '../../../lib/cluster/index.js';
import { etcdDiscovery } from '../../../lib/discovery/etcd/index.js';
import { collectPools } from '../../../lib/observe/prometheus/index.js';
import { type EtcdServer, requireEtcd } from '../../support/etcd-server.js';
import { type Load, startLoad } from '../../support/load.js';
import { waitFor, waitForEvent } from '../../support/wait-for.js';
import { type LineClient, LineServer, linePool } from '../cluster/line-server.js';
import { EtcdFixture } from './etcd-fixture.js';

/** How late the cluster's view may be, ms. */
const LATEST_MS = 2_000;
const LATEST_AFTER_RESTART_MS = 4_000;

describe('a cluster that finds its nodes in etcd', () => {
  let etcd: EtcdServer;

  before(async function () {
    etcd = await requireEtcd(this);
  });
  after(() => etcd?.stop());
  const keys = new EtcdFixture(() => etcd);

  function clusterOf(options: ClusterOptions<LineClient> = {}): Cluster<LineClient> {
    const cluster = new Cluster<LineClient>({
      name: 'echo',
      discovery: etcdDiscovery({ hosts: etcd.address, prefix: keys.prefix }),
      connect: ({ port }) => linePool(port!, { maxActive: 2 }),
      ...options,
    });
    keys.cleanup.after(() => cluster.close());
    return cluster;
  }

  async function server(name: string): Promise<LineServer> {
    const started = await new LineServer(name).start();
    keys.cleanup.after(() => {
      // Node never closes the handle of a socket that is reset while it ends.
      for (const socket of started.sockets) if (socket.writableEnded) socket.destroy();
      return started.kill();
    });
    return started;
  }

  /** Loads the cluster; it must end without a failure. */
  async function loaded(cluster: Cluster<LineClient>): Promise<Load> {
    const load = startLoad(() => cluster.do((client) => client.ask('hello'), { timeoutMs: 2_000 }), 4);
    keys.cleanup.after(() => load.stop());
    await waitFor('traffic', () => load.results > 20);
    return load;
  }

  const put = (id: string, { port }: LineServer, weight = 1) =>
    keys.put(id, { host: '127.0.0.1', port, weight });
  const nodeOf = (cluster: Cluster<LineClient>, id: string) =>
    cluster.stats().nodes.find((node) => node.id === id && node.state !== 'draining');

  it('follows five hundred endpoints through a hundred changes, each within two seconds, and loses no call', async () => {
    const servers = await Promise.all(['x', 'y', 'z'].map(server));
    const portOf = (i: number) => servers[i % 3]!;
    for (let i = 0; i < 500; i++) await put(`e${i}`, portOf(i));
    const cluster = clusterOf();
    await cluster.ready();
    assert.equal(cluster.stats().nodes.length, 500);
    const load = await loaded(cluster);

    let latestMs = 0;
    const follow = async (change: Promise<unknown>, isSeen: () => boolean) => {
      await change;
      const start = performance.now();
      await waitFor('the change to be seen', isSeen, { timeoutMs: LATEST_MS });
      latestMs = Math.max(latestMs, performance.now() - start);
    };
    for (let i = 0; i < 100; i++) {
      const id = `e${i * 3}`;
      if (i % 4 === 0) await follow(keys.delete(id), () => nodeOf(cluster, id) === undefined);
      else if (i % 4 === 1)
        await follow(put(`new${i}`, portOf(i)), () => nodeOf(cluster, `new${i}`) !== undefined);
      else if (i % 4 === 2) await follow(put(id, portOf(i * 3), 5), () => nodeOf(cluster, id)?.weight === 5);
      else await follow(put(id, portOf(1)), () => nodeOf(cluster, id)?.port === portOf(1).port);
    }
    await load.stop();
    assert.deepEqual(load.errors, []);
    assert.deepEqual(cluster.stats().discovery, { nodes: 500, updates: 101, errors: 0 });
    assert.ok(latestMs < LATEST_MS, `the latest change took ${latestMs} ms`);
  });

  it('follows a hundred changes at once', async () => {
    const only = await server('x');
    await put('first', only);
    const cluster = clusterOf();
    await cluster.ready();
    await Promise.all(Array.from({ length: 100 }, (_, i) => put(`e${i}`, only)));
    await waitFor('all to be seen', () => cluster.stats().nodes.length === 101, { timeoutMs: LATEST_MS });
    assert.equal(cluster.stats().discovery?.errors, 0);
  });

  it('loses no call while servers are replaced one by one', async () => {
    const old = await Promise.all(['a', 'b', 'c'].map(server));
    for (const [i, one] of old.entries()) await put(`old${i}`, one);
    const cluster = clusterOf({ prewarm: 1 });
    await cluster.ready();
    const load = await loaded(cluster);
    for (const [i, one] of old.entries()) {
      const successor = await server(`n${i}`);
      await put(`new${i}`, successor);
      await waitFor('the new one to be asked', () => successor.answered > 5, { timeoutMs: LATEST_MS });
      const closed = waitForEvent(cluster, 'nodeClosed', { timeoutMs: LATEST_MS });
      await keys.delete(`old${i}`);
      await closed;
      await waitFor('its last connection to be closed', () => one.sockets.size === 0);
      await one.kill();
    }
    const before = load.results;
    await waitFor('traffic to the new ones', () => load.results > before + 50);
    await load.stop();
    assert.deepEqual(load.errors, []);
  });

  it('keeps its connections when only a weight changes', async () => {
    const only = await server('a');
    await put('a', only);
    const cluster = clusterOf();
    await cluster.do((client) => client.ask('x'));
    await put('a', only, 9);
    await waitFor('the weight', () => nodeOf(cluster, 'a')?.weight === 9, { timeoutMs: LATEST_MS });
    await cluster.do((client) => client.ask('x'));
    assert.equal(only.accepted, 1);
  });

  it('loses no call while etcd is killed, and sees what happened meanwhile within four seconds', async () => {
    const [a, b] = await Promise.all(['a', 'b'].map(server));
    await put('a', a!);
    const cluster = clusterOf();
    await cluster.ready();
    const load = await loaded(cluster);
    await etcd.kill();
    await waitForEvent(cluster, 'discoveryError');
    const during = load.results;
    await waitFor('traffic without etcd', () => load.results > during + 50);
    await etcd.restart();
    await put('b', b!);
    await waitFor('the new node', () => nodeOf(cluster, 'b') !== undefined, {
      timeoutMs: LATEST_AFTER_RESTART_MS,
    });
    await load.stop();
    assert.deepEqual(load.errors, []);
  });

  it('loses no call when the last key goes: an empty list is reported, and ignored', async () => {
    const only = await server('a');
    await put('a', only);
    const cluster = clusterOf();
    await cluster.ready();
    const reported = waitForEvent<[Error]>(cluster, 'discoveryError');
    await keys.delete('a');
    assert.match((await reported)[0].message, /an empty list was ignored/);
    await cluster.do((client) => client.ask('x'));
  });

  it('is counted: endpoints, lists and failures', async () => {
    const only = await server('a');
    await put('a', only);
    const cluster = clusterOf();
    const register = new Registry();
    keys.cleanup.after(async () => stop());
    const stop = collectPools(register, [cluster], { prefix: 'grpc', durations: false });
    await cluster.ready();
    const reported = waitForEvent(cluster, 'discoveryError');
    await put('b', only);
    await etcd.api.put(`${keys.prefix}c`, '?');
    await reported;
    await waitFor('the second list', () => cluster.stats().nodes.length === 2);
    const page = await register.metrics();
    const figure = (name: string) =>
      new RegExp(`^grpc_service_discovery_${name}{cluster="echo"} (.*)$`, 'm').exec(page)?.[1];
    assert.deepEqual(['nodes', 'updates_total', 'errors_total'].map(figure), ['2', '2', '1']);
  });
});
