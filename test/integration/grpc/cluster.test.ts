import assert from 'node:assert/strict';
import type { ServerProcess } from '../../../examples/thrift/server-process.js';
import { grpcPool, isGrpcConnectionError } from '../../../lib/clients/grpc/index.js';
import { Cluster } from '../../../lib/cluster/index.js';
import { staticDiscovery } from '../../../lib/discovery/static-discovery.js';
import { retry } from '../../../lib/middleware/retry.js';
import { failureOf } from '../../support/failure-of.js';
import { recordHandles } from '../../support/handles.js';
import { waitFor, within } from '../../support/wait-for.js';
import { echo, startTestbedProcess } from './fixture.js';
import { LoadedTestbed, type TestbedClient } from './testbed-client.js';

describe('a cluster of gRPC servers', () => {
  let servers: ServerProcess[];
  beforeEach(async () => {
    servers = await Promise.all(['a', 'b', 'c'].map(() => startTestbedProcess()));
  });
  afterEach(() => Promise.all(servers.map((server) => server.stop('SIGKILL'))));

  for (const streamsPerConnection of [undefined, 8]) {
    const mode = streamsPerConnection === undefined ? 'exclusive' : 'shared';

    const withCluster = async (test: (cluster: Cluster<TestbedClient>) => Promise<void>) => {
      await null;
      const handles = recordHandles();
      const cluster = new Cluster<TestbedClient>({
        discovery: staticDiscovery(
          servers.map(({ address }, i) => ({ id: 'abc'[i]!, host: '127.0.0.1', port: Number(address) })),
        ),
        connect: ({ host, port }) =>
          grpcPool(LoadedTestbed, {
            address: `${host}:${port}`,
            streamsPerConnection,
            pool: { maxActive: 4, dialRetryCount: 0 },
          }),
        isFailure: isGrpcConnectionError,
        breaker: { maxFails: 2, cooldownMs: 100 },
        prewarm: 1,
      });
      try {
        await cluster.ready();
        await waitFor('all nodes are warm', () => cluster.stats().nodes.every(({ available }) => available));
        await test(cluster);
      } finally {
        await within('the cluster closes', cluster.close({ timeoutMs: 1_000 }));
      }
      await handles.assertNoneLeft();
    };
    const ask = (cluster: Cluster<TestbedClient>) =>
      cluster.do(async (client, call) => {
        assert.equal(await echo(client, 'hello'), 'hello');
        return call.node.id;
      });

    it(`spreads calls over all nodes, in ${mode} mode`, () =>
      withCluster(async (cluster) => {
        const nodes = await Promise.all(Array.from({ length: 30 }, () => ask(cluster)));
        for (const id of 'abc')
          assert.ok(nodes.filter((node) => node === id).length >= 5, `too few on ${id}`);
      }));

    it(`answers every call when one of three servers dies, given one retry, in ${mode} mode`, () =>
      withCluster(async (cluster) => {
        cluster.use(retry({ retries: 2, isRetryable: isGrpcConnectionError }));
        let stop = false;
        const seen = new Set<string>();
        let answered = 0;
        const worker = async () => {
          while (!stop) {
            seen.add(await ask(cluster));
            answered++;
          }
        };
        const workers = Array.from({ length: 8 }, worker);
        await waitFor('all three answer', () => seen.size === 3);
        await servers[1]!.stop('SIGKILL');
        await waitFor('its breaker opens', () => cluster.stats().nodes[1]!.breaker !== 'closed');
        seen.clear();
        const before = answered;
        await waitFor('the others go on', () => answered > before + 200);
        assert.deepEqual([...seen].sort(), ['a', 'c']);
        servers[1] = await startTestbedProcess('--port', servers[1]!.address);
        await waitFor('it is back', () => seen.has('b'));
        stop = true;
        await Promise.all(workers);
      }));

    it(`does not take what a service answers for a failure of its node, in ${mode} mode`, () =>
      withCluster(async (cluster) => {
        for (let i = 0; i < 12; i++) {
          await failureOf(cluster.do((client) => echo(client, 'fail UNAVAILABLE')));
        }
        assert.ok(cluster.stats().nodes.every(({ breaker }) => breaker === 'closed'));
      }));
  }
});
