import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'mocha';
import { Cluster } from '../../../lib/cluster/index.js';
import { consulDiscovery, type Registration, registerService } from '../../../lib/discovery/consul/index.js';
import { type ConsulAgent, requireConsul } from '../../support/consul-agent.js';
import { type RecordedHandles, recordHandles } from '../../support/handles.js';
import { waitFor, within } from '../../support/wait-for.js';
import { type LineClient, LineServer, linePool } from '../cluster/line-server.js';
import { CHANGE_MS } from './limits.js';
import { Traffic } from './traffic.js';

const SERVICE = 'rolling';

/** A server and its place in Consul. */
interface Member {
  readonly server: LineServer;
  readonly registration: Registration;
}

describe('a rolling release through Consul', () => {
  let agent: ConsulAgent;
  let handles: RecordedHandles;
  const members = new Set<Member>();
  let end = async () => {};

  before(async function () {
    agent = await requireConsul(this);
  });
  after(() => agent?.stop());
  afterEach(async () => {
    await end();
    for (const member of members) await release(member);
    await handles.assertNoneLeft();
  });

  async function join(name: string, checked: { ttlMs?: number }): Promise<Member> {
    const server = await new LineServer(name).start();
    const options = { address: agent.address, service: SERVICE, host: '127.0.0.1', port: server.port };
    const member = { server, registration: await registerService({ ...options, ...checked }) };
    members.add(member);
    return member;
  }

  /** Leaves Consul first, and ends when the last client has left. */
  async function release(member: Member): Promise<void> {
    members.delete(member);
    await member.registration.deregister();
    await waitFor('its clients to leave', () => member.server.sockets.size === 0, { timeoutMs: CHANGE_MS });
    await member.server.kill();
  }

  for (const [kind, checked] of [
    ['TTL', { ttlMs: 1_000 }],
    ['TCP', {}],
  ] as const) {
    it(`replaces every server one by one under load without a failed call, with ${kind} checks`, async () => {
      await new Promise(setImmediate);
      handles = recordHandles();
      const current = [];
      for (const name of ['a0', 'b0', 'c0']) current.push(await join(name, checked));
      const cluster = new Cluster<LineClient>({
        discovery: consulDiscovery({ address: agent.address, service: SERVICE }),
        connect: ({ port }) => linePool(port!, { maxActive: 8 }),
        prewarm: 2,
      });
      await cluster.ready({ timeoutMs: CHANGE_MS });
      const traffic = new Traffic(cluster, 8);
      end = async () => {
        await traffic.stop();
        await within('close', cluster.close());
      };
      for (const [i, name] of ['a1', 'b1', 'c1'].entries()) {
        const fresh = await join(name, checked);
        await waitFor(`calls to ${name}`, () => traffic.answeredBy.has(name), { timeoutMs: CHANGE_MS });
        await release(current[i]!);
        current[i] = fresh;
      }
      const before = traffic.good;
      await waitFor('more calls', () => traffic.good > before + 100);
      await traffic.stop();
      assert.deepEqual(traffic.failures, []);
      assert.deepEqual(
        cluster
          .stats()
          .nodes.map(({ id }) => id)
          .sort(),
        current.map(({ server }) => `127.0.0.1:${server.port}`).sort(),
      );
    });
  }
});
