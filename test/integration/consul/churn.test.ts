import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'mocha';
import { Cluster, type ClusterOptions } from '../../../lib/cluster/index.js';
import { consulDiscovery } from '../../../lib/discovery/consul/index.js';
import { type ConsulAgent, requireConsul } from '../../support/consul-agent.js';
import type { TestInstance } from '../../support/consul-api.js';
import { ConsulFront } from '../../support/consul-front.js';
import { type RecordedHandles, recordHandles } from '../../support/handles.js';
import { waitFor, waitForEvent, within } from '../../support/wait-for.js';
import { type LineClient, LineServer, linePool } from '../cluster/line-server.js';
import { CHANGE_MS } from './limits.js';
import { Traffic } from './traffic.js';

describe('a cluster that follows Consul', () => {
  let agent: ConsulAgent;
  let front: ConsulFront;
  let handles: RecordedHandles;
  let service: string;
  let services = 0;
  let servers: [LineServer, LineServer, LineServer];
  let cluster: Cluster<LineClient>;

  before(async function () {
    agent = await requireConsul(this);
  });
  after(() => agent?.stop());
  beforeEach(async () => {
    service = `churn${services++}`;
    await new Promise(setImmediate);
    handles = recordHandles();
    front = await ConsulFront.start(agent);
    const start = (name: string) => new LineServer(name).start();
    servers = await Promise.all([start('a'), start('b'), start('c')]);
  });
  afterEach(async () => {
    await within('close', cluster.close({ timeoutMs: 500 }));
    await Promise.all(servers.map((server) => server.kill()));
    await front.close();
    await handles.assertNoneLeft();
  });

  function follow(options: ClusterOptions<LineClient> = {}): Cluster<LineClient> {
    cluster = new Cluster<LineClient>({
      discovery: consulDiscovery({ address: front.address, service, weightMetaKey: 'balanceFactor' }),
      connect: ({ port }) => linePool(port!),
      ...options,
    });
    return cluster;
  }

  const register = ({ name, port }: LineServer, more: Partial<TestInstance> = {}) =>
    agent.api.register({
      ID: `${service}-${name}`,
      Name: service,
      Address: '127.0.0.1',
      Port: port,
      Meta: { balanceFactor: '100' },
      ...more,
    });
  const deregister = ({ name }: LineServer) => agent.api.deregister(`${service}-${name}`);
  const nodes = (count: number, timeoutMs = CHANGE_MS) =>
    waitFor(`${count} nodes`, () => cluster.stats().nodes.length === count, { timeoutMs });

  it('is ready with the first instance, and waits for one until then', async () => {
    follow();
    const ready = cluster.ready();
    await waitFor('an empty list', () => cluster.stats().discovery!.errors > 0);
    await register(servers[0]);
    await within('ready', ready, { timeoutMs: CHANGE_MS });
    assert.equal(await cluster.do((client) => client.ask('x')), 'a x');
  });

  it('sends calls to a new instance when its first connections stand', async () => {
    await register(servers[0]);
    follow({ prewarm: 3 });
    await cluster.ready();
    const traffic = new Traffic(cluster, 4);
    const open: [string, number][] = [];
    cluster.on('nodeReady', ({ id }) => {
      open.push([id, servers[1].sockets.size]);
      assert.ok(!traffic.answeredBy.has('b'));
    });
    await register(servers[1]);
    await waitFor('calls to the new one', () => traffic.answeredBy.has('b'), { timeoutMs: CHANGE_MS });
    await traffic.stop();
    assert.equal(open.length, 1);
    assert.ok(open[0]![1] >= 3, `${open[0]![1]} connections stood`);
    assert.deepEqual(traffic.failures, []);
  });

  it('lets the calls of an instance that leaves end, and sends it no more', async () => {
    await register(servers[0]);
    await register(servers[1]);
    follow();
    await cluster.ready();
    await nodes(2);
    let goOn = () => {};
    const gate = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const id = `127.0.0.1:${servers[0].port}`;
    const call = cluster.do(
      async (client) => {
        await gate;
        return client.ask('last');
      },
      { endpointId: id },
    );
    await deregister(servers[0]);
    const draining = () => cluster.stats().nodes.find((node) => node.id === id)?.state === 'draining';
    await waitFor('the node to drain', draining, { timeoutMs: CHANGE_MS });
    for (let i = 0; i < 10; i++) assert.equal(await cluster.do((client) => client.ask('x')), 'b x');
    goOn();
    assert.equal(await call, 'a last');
    await waitFor('its connections to be closed', () => servers[0].sockets.size === 0);
  });

  it('keeps the connections of an instance whose weight, tags or registration changed', async () => {
    await register(servers[0]);
    await register(servers[1]);
    follow({
      prewarm: 2,
      balancer: 'smoothWeightedRoundRobin',
      connect: ({ port }) => linePool(port!, { maxActive: 2 }),
    });
    await cluster.ready();
    await nodes(2);
    await waitFor('all connections', () => servers[0].accepted + servers[1].accepted === 4);
    const traffic = new Traffic(cluster, 4);
    await waitFor('traffic', () => traffic.good > 50);
    const before = [servers[0].accepted, servers[1].accepted];
    const sockets = [...servers[0].sockets];

    const node = () => cluster.stats().nodes.find(({ id }) => id === `127.0.0.1:${servers[0].port}`);
    await register(servers[0], { Meta: { balanceFactor: '700' } });
    await waitFor('the new weight', () => node()?.weight === 700, { timeoutMs: CHANGE_MS });
    const changed = waitForEvent(cluster, 'discoveryUpdate');
    await register(servers[0], { ID: `${service}-again`, Tags: ['new'] });
    await deregister(servers[0]);
    await changed;
    await waitFor('the new registration', () => node()?.weight === 100, { timeoutMs: CHANGE_MS });

    await traffic.stop();
    assert.deepEqual([servers[0].accepted, servers[1].accepted], before);
    assert.ok(sockets.every((socket) => servers[0].sockets.has(socket)));
    assert.deepEqual(traffic.failures, []);
    await agent.api.deregister(`${service}-again`);
  });

  it('tears nothing down when Consul answers 500, is gone, or lists nobody', async () => {
    await register(servers[0]);
    await register(servers[1]);
    follow({ prewarm: 1 });
    await cluster.ready();
    await nodes(2);
    const traffic = new Traffic(cluster, 4);
    await waitFor('traffic', () => traffic.good > 50);
    const sockets = servers.flatMap((server) => [...server.sockets]);
    const errors: string[] = [];
    cluster.on('discoveryError', (error) => errors.push(String(error)));
    const untilError = (pattern: RegExp) =>
      waitFor(String(pattern), () => errors.some((text) => pattern.test(text)), { timeoutMs: 3_000 });

    front.fault = { status: 500, text: 'No cluster leader' };
    await agent.kill();
    await untilError(/500/);
    front.fault = undefined;
    await untilError(/hang up|ECONNRESET/);
    await agent.restart();
    await untilError(/an empty list was ignored/);

    assert.equal(cluster.stats().nodes.length, 2);
    assert.deepEqual(
      servers.flatMap((server) => [...server.sockets]),
      sockets,
    );
    await register(servers[2]);
    await waitFor('the new one', () => traffic.answeredBy.has('c'), { timeoutMs: 4_000 });
    await nodes(1);
    await traffic.stop();
    assert.deepEqual(traffic.failures, []);
    const { discovery } = cluster.stats();
    assert.equal(discovery!.errors, errors.length);
    assert.equal(discovery!.nodes, 1);
  });
});
