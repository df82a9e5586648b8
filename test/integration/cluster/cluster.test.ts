import assert from 'node:assert/strict';
import { Cluster, type ClusterOptions, pooled } from '../../../lib/cluster/index.js';
import type { Discovery } from '../../../lib/discovery/discovery.js';
import { retry } from '../../../lib/middleware/retry.js';
import type { Endpoint } from '../../../lib/pool/endpoint.js';
import { type RecordedHandles, recordHandles } from '../../support/handles.js';
import { waitFor, waitForEvent, within } from '../../support/wait-for.js';
import { type LineClient, LineServer, linePool } from './line-server.js';

describe('a cluster of real servers', () => {
  let handles: RecordedHandles;
  let servers: LineServer[];
  let clusters: Cluster<LineClient>[];
  let stopLoad: () => Promise<void>;

  beforeEach(async () => {
    clusters = [];
    stopLoad = async () => {};
    servers = await Promise.all(['a', 'b', 'c'].map((name) => new LineServer(name).start()));
    // After the first await, so that mocha's own timer of this hook is counted too.
    handles = recordHandles();
  });
  afterEach(async () => {
    await stopLoad();
    await Promise.all(clusters.map((cluster) => within('close', cluster.close({ timeoutMs: 100 }))));
    await Promise.all(servers.map((server) => server.kill()));
    await handles.assertNoneLeft();
  });

  const endpointOf = (server: LineServer): Endpoint => ({
    id: server.name,
    host: '127.0.0.1',
    port: server.port,
  });

  function clusterOf(names: string, options: ClusterOptions<LineClient> = {}): Cluster<LineClient> {
    const cluster = new Cluster<LineClient>({ connect: ({ port }) => linePool(port!), ...options });
    clusters.push(cluster);
    for (const server of servers) if (names.includes(server.name)) cluster.addEndpoint(endpointOf(server));
    return cluster;
  }

  /** Sends calls until told to stop; gives how many went well and what the others failed with. */
  function load(cluster: Cluster<LineClient>, workers: number) {
    let running = true;
    let good = 0;
    const failures: unknown[] = [];
    const work = async () => {
      while (running) {
        try {
          const answer = await cluster.do((client) => client.ask('hello'), { timeoutMs: 2_000 });
          assert.match(answer, /^\w+ hello$/);
          good++;
        } catch (error) {
          failures.push(error);
        }
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    const workersDone = Promise.all(Array.from({ length: workers }, work));
    stopLoad = async () => {
      running = false;
      await within('the load to end', workersDone);
    };
    return { count: () => good, failures, stop: stopLoad };
  }

  it('spreads calls over all of them', async () => {
    const cluster = clusterOf('abc');
    for (let i = 0; i < 30; i++) await cluster.do((client) => client.ask('x'));
    assert.deepEqual(
      servers.map((server) => server.answered >= 10),
      [true, true, true],
    );
  });

  it('moves on when connections are refused, opens the breaker, and comes back after a revival', async () => {
    const cluster = clusterOf('abc', { breaker: { maxFails: 2, cooldownMs: 100 } });
    await servers[0]!.kill();
    const seen = new Set<string>();
    for (let i = 0; i < 20; i++) seen.add((await cluster.do((client) => client.ask('x')))[0]!);
    assert.deepEqual([...seen].sort(), ['b', 'c']);
    assert.equal(cluster.stats().nodes[0]!.breaker, 'open');
    await servers[0]!.start();
    await waitFor('the node to answer again', async () => {
      await cluster.do((client) => client.ask('x'));
      return cluster.stats().nodes[0]!.breaker === 'closed';
    });
    assert.ok(servers[0]!.answered > 0);
  });

  it('says what is wrong when no server is there', async () => {
    const cluster = clusterOf('abc');
    await Promise.all(servers.map((server) => server.kill()));
    await assert.rejects(
      cluster.do((client) => client.ask('x')),
      (error: Error & { code: string }) => {
        assert.equal(error.code, 'ERR_NO_AVAILABLE_CLIENT');
        assert.match(error.message, /3 nodes gave no connection.*ECONNREFUSED/);
        return (error.cause as { code: string }).code === 'ERR_DIAL';
      },
    );
  });

  it('loses no call while a server is killed and revived under load, when calls may be retried', async () => {
    const cluster = clusterOf('abc', { breaker: { maxFails: 3, cooldownMs: 50 } });
    cluster.use(retry({ retries: 3, delayMs: 5, isRetryable: () => true, budget: false }));
    const traffic = load(cluster, 8);
    for (let round = 0; round < 3; round++) {
      const victim = servers[round]!;
      const before = traffic.count();
      await waitFor('traffic', () => traffic.count() > before + 50);
      await victim.kill();
      const during = traffic.count();
      await waitFor('traffic without it', () => traffic.count() > during + 50);
      await victim.start();
      const { answered } = victim;
      await waitFor('traffic with it again', () => victim.answered > answered);
    }
    await traffic.stop();
    assert.deepEqual(traffic.failures, []);
    assert.ok(cluster.stats().nodes.every((node) => node.inFlight === 0 && node.source.inUse === 0));
  });

  it('drains a server that is removed under load: no call fails and its connections are closed', async () => {
    const cluster = clusterOf('abc');
    const traffic = load(cluster, 8);
    await waitFor('traffic', () => traffic.count() > 50);
    await within('removal', cluster.removeEndpoint('a'));
    await waitFor('connections closed', () => servers[0]!.sockets.size === 0);
    const { answered } = servers[0]!;
    const before = traffic.count();
    await waitFor('more traffic', () => traffic.count() > before + 50);
    await traffic.stop();
    assert.equal(servers[0]!.answered, answered);
    assert.deepEqual(traffic.failures, []);
  });

  it('replaces all servers one by one through discovery without a failed call', async () => {
    let current = servers.slice(0, 2);
    const lists = listsOf(current.map(endpointOf));
    const cluster = clusterOf('', { discovery: lists, prewarm: 2 });
    await within('ready', cluster.ready());
    const traffic = load(cluster, 8);
    for (let round = 0; round < 4; round++) {
      const [old, kept] = current;
      const fresh = await new LineServer(`r${round}`).start();
      servers.push(fresh);
      current = [kept!, fresh];
      lists.give(current.map(endpointOf));
      await waitFor('traffic at the new one', () => fresh.answered > 20);
      await waitFor('the old one to be let go', () => old!.sockets.size === 0);
      await old!.kill();
    }
    await traffic.stop();
    assert.deepEqual(traffic.failures, []);
    assert.equal(cluster.stats().nodes.length, 2);
  });

  it('does not wait for a mute server longer than its dial may take', async () => {
    const mute = clusterOf('', {
      connect: ({ port }) => linePool(port!, { heartbeat: (c) => c.ask('hang'), dialTimeoutMs: 100 }),
    });
    mute.addEndpoint(endpointOf(servers[0]!));
    await assert.rejects(
      within(
        'a call',
        mute.do((client) => client.ask('x')),
      ),
      /ERR_|no connection/,
    );
  });

  it('destroys the connection of a call that its caller gave up', async () => {
    const cluster = clusterOf('a');
    await cluster.do((client) => client.ask('x'));
    const controller = new AbortController();
    const call = cluster.do((client) => client.ask('hang'), { signal: controller.signal });
    await waitFor('the call to run', () => cluster.stats().nodes[0]!.source.inUse === 1);
    controller.abort(new Error('enough'));
    await assert.rejects(within('the call', call), /enough/);
    await waitFor('the connection closed', () => servers[0]!.sockets.size === 0);
    assert.equal(cluster.stats().nodes[0]!.state, 'healthy');
  });

  it('sees a dead server by its health checks without any call', async () => {
    const cluster = clusterOf('ab', { healthCheck: { intervalMs: 20, timeoutMs: 500 } });
    await servers[0]!.kill();
    await waitForEvent(cluster, 'healthCheckFailed');
    await waitFor('unhealthy', () => cluster.stats().nodes[0]!.state === 'unhealthy');
    for (let i = 0; i < 5; i++) assert.match(await cluster.do((client) => client.ask('x')), /^b/);
    await servers[0]!.start();
    await waitFor('healthy', () => cluster.stats().nodes[0]!.state === 'healthy');
  });

  it('cuts what hangs when it is closed with a deadline, and leaves no connection', async () => {
    const cluster = clusterOf('abc');
    const hanging = Promise.allSettled([1, 2, 3].map(() => cluster.do((client) => client.ask('hang'))));
    await waitFor(
      'the calls to run',
      () => cluster.stats().running === 3 && servers.every((s) => s.sockets.size > 0),
    );
    await within('close', cluster.close({ timeoutMs: 50 }));
    for (const result of await within('the calls', hanging)) assert.equal(result.status, 'rejected');
    await waitFor('connections closed', () => servers.every((server) => server.sockets.size === 0));
  });

  it('can be used like one client', async () => {
    const client = pooled<{ ask(line: string): Promise<string> }>(clusterOf('abc'));
    const answers = await Promise.all(['1', '2', '3'].map((n) => client.ask(n)));
    assert.deepEqual(
      answers.map((answer) => answer.split(' ')[1]),
      ['1', '2', '3'],
    );
  });
});

/** Discovery that gives the lists a test hands it. */
function listsOf(first: readonly Endpoint[]): Discovery & { give(list: readonly Endpoint[]): void } {
  const queue = [first];
  let wake = () => {};
  return {
    give(list) {
      queue.push(list);
      wake();
    },
    async *watch(signal) {
      signal.addEventListener('abort', () => wake());
      while (!signal.aborted) {
        const list = queue.shift();
        if (list !== undefined) yield list;
        else await new Promise<void>((resolve) => (wake = resolve));
      }
    },
  };
}
