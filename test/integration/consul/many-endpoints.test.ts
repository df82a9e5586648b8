import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'mocha';
import { Cluster, type DiscoveryChange } from '../../../lib/cluster/index.js';
import { consulDiscovery } from '../../../lib/discovery/consul/index.js';
import { type ConsulAgent, requireConsul } from '../../support/consul-agent.js';
import { ConsulFront } from '../../support/consul-front.js';
import { type RecordedHandles, recordHandles } from '../../support/handles.js';
import { waitFor, within } from '../../support/wait-for.js';
import { type LineClient, LineServer, linePool } from '../cluster/line-server.js';
import { CHANGE_MS } from './limits.js';
import { assertPace } from './pace.js';
import { Traffic } from './traffic.js';

const ENDPOINTS = 500;
const CHANGES = 100;
const SERVICE = 'many';

describe('a cluster of 500 endpoints in Consul', () => {
  let agent: ConsulAgent;
  let handles: RecordedHandles;
  let end = async () => {};

  before(async function () {
    agent = await requireConsul(this);
  });
  after(() => agent?.stop());
  afterEach(async () => {
    await end();
    await handles.assertNoneLeft();
  });

  it('follows a hundred changes in a row, each within two seconds, at the pace allowed, and loses no call', async () => {
    await new Promise(setImmediate);
    handles = recordHandles();
    const server = await new LineServer('s').start();
    const front = await ConsulFront.start(agent);
    for (let i = 1; i <= ENDPOINTS; i++) await register(i);
    const cluster = new Cluster<LineClient>({
      discovery: consulDiscovery({
        address: front.address,
        service: SERVICE,
        weightMetaKey: 'balanceFactor',
      }),
      // Every address leads to the one server: what counts here is who comes and goes.
      connect: () => linePool(server.port, { maxActive: 2 }),
    });
    const traffic = new Traffic(cluster, 4);
    end = async () => {
      await traffic.stop();
      await within('close', cluster.close());
      await front.close();
      await server.kill();
    };
    await cluster.ready({ timeoutMs: CHANGE_MS });
    assert.equal(cluster.stats().nodes.length, ENDPOINTS);

    const arrived = new Map<string, number>();
    cluster.on('discoveryUpdate', ({ added, removed, changed }: DiscoveryChange) => {
      const at = performance.now();
      for (const id of added) arrived.set(`${id} added`, at);
      for (const id of removed) arrived.set(`${id} removed`, at);
      for (const id of changed) arrived.set(`${id} changed`, at);
    });
    const made = new Map<string, number>();
    for (let i = 1; i <= CHANGES; i++) {
      const [what, change] = changeOf(i);
      await change;
      made.set(what, performance.now());
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await waitFor('all changes', () => [...made.keys()].every((what) => arrived.has(what)));
    const slowest = Math.max(...[...made].map(([what, at]) => arrived.get(what)! - at));
    assert.ok(slowest < CHANGE_MS, `the slowest change took ${slowest} ms`);
    await traffic.stop();
    assert.deepEqual(traffic.failures, []);
    assert.ok(traffic.good > 500);
    assert.deepEqual(cluster.stats().discovery?.errors, 0);
    assertPace(front.seen);
  });

  const register = (i: number, weight = 100) =>
    agent.api.register({
      ID: `many-${i}`,
      Name: SERVICE,
      Address: '10.0.0.1',
      Port: i,
      Meta: { balanceFactor: `${weight}` },
    });

  /** Somebody comes, leaves or changes its weight, each another one. */
  function changeOf(i: number): [what: string, done: Promise<unknown>] {
    if (i % 3 === 0) return [`10.0.0.1:${ENDPOINTS + i} added`, register(ENDPOINTS + i)];
    if (i % 3 === 1) return [`10.0.0.1:${i} removed`, agent.api.deregister(`many-${i}`)];
    return [`10.0.0.1:${i} changed`, register(i, 300)];
  }
});
