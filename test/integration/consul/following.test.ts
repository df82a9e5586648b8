import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'mocha';
import { type ConsulDiscoveryOptions, consulDiscovery } from '../../../lib/discovery/consul/index.js';
import { Cleanup } from '../../support/cleanup.js';
import { type ConsulAgent, requireConsul } from '../../support/consul-agent.js';
import type { TestInstance } from '../../support/consul-api.js';
import { ConsulFront } from '../../support/consul-front.js';
import { waitFor, waitForEvent } from '../../support/wait-for.js';
import { Watched } from '../discovery/watched.js';
import { CHANGE_MS } from './limits.js';

describe('consulDiscovery and a real agent', () => {
  let agent: ConsulAgent;
  const cleanup = new Cleanup();
  let service: string;
  let services = 0;

  before(async function () {
    agent = await requireConsul(this);
  });
  after(() => agent?.stop());
  beforeEach(() => {
    service = `s${services++}`;
  });

  function watch(options: Partial<ConsulDiscoveryOptions> = {}): Watched {
    return cleanup.add(new Watched(consulDiscovery({ address: agent.address, service, ...options })));
  }

  const register = (port: number, more: Partial<TestInstance> = {}) =>
    agent.api.register({ ID: `${service}-${port}`, Name: service, Address: '10.0.0.1', Port: port, ...more });

  it('gives the instances there are, with tags and metadata', async () => {
    await register(1, { Tags: ['x', 'y'], Meta: { zone: 'north' } });
    await register(2);
    const it = watch();
    await it.ports([1, 2]);
    assert.deepEqual(it.lists, [
      [
        { id: '10.0.0.1:1', host: '10.0.0.1', port: 1, weight: 1, tags: ['x', 'y'], meta: { zone: 'north' } },
        { id: '10.0.0.1:2', host: '10.0.0.1', port: 2, weight: 1, tags: [], meta: {} },
      ],
    ]);
  });

  it('follows registering and deregistering', async () => {
    await register(1);
    const it = watch();
    await it.ports([1]);
    await register(2);
    await it.ports([1, 2]);
    await agent.api.deregister(`${service}-1`);
    await it.ports([2]);
    assert.deepEqual(it.errors, []);
  });

  it('lists nobody for an unknown service, and whoever registers later', async () => {
    const it = watch();
    await it.ports([]);
    await register(7);
    await it.ports([7]);
  });

  it('leaves out an instance whose check fails or warns, until it passes again', async () => {
    const Check = { TTL: '60s', Status: 'passing' };
    await register(1, { Check });
    await register(2, { Check });
    const it = watch();
    await it.ports([1, 2]);
    for (const bad of ['fail', 'warn'] as const) {
      await agent.api.setCheck(`${service}-1`, bad);
      await it.ports([2]);
      await agent.api.setCheck(`${service}-1`, 'pass');
      await it.ports([1, 2]);
    }
  });

  it('leaves out an instance under maintenance', async () => {
    await register(1);
    await register(2);
    const it = watch();
    await it.ports([1, 2]);
    await agent.api.setMaintenance(`${service}-2`, true);
    await it.ports([1]);
    await agent.api.setMaintenance(`${service}-2`, false);
    await it.ports([1, 2]);
  });

  it("follows Consul's own weights", async () => {
    await register(1, { Weights: { Passing: 3, Warning: 1 } });
    const it = watch();
    await it.ports([1]);
    assert.equal(it.list?.[0]?.weight, 3);
    await register(1, { Weights: { Passing: 8, Warning: 1 } });
    await waitFor('the new weight', () => it.list?.[0]?.weight === 8, { timeoutMs: CHANGE_MS });
    assert.deepEqual(it.ids, ['10.0.0.1:1']);
  });

  it('follows weights in the metadata; what is missing or no positive integer counts as the default, with one warning', async () => {
    const warned = waitForEvent<[Error]>(process, 'warning');
    const more: string[] = [];
    const note = (warning: Error) => more.push(warning.message);
    process.on('warning', note);
    const values = ['40', undefined, '0', '-3', '1.5', 'many', '1e3', '99999999999999999999'];
    for (const [i, value] of values.entries()) {
      await register(i + 1, value === undefined ? {} : { Meta: { balanceFactor: value } });
    }
    const it = watch({ weightMetaKey: 'balanceFactor' });
    await it.ports(values.map((_, i) => i + 1));
    assert.deepEqual(
      it.list?.map(({ weight }) => weight),
      [40, 200, 200, 200, 200, 200, 200, 200],
    );
    const [warning] = await warned;
    assert.match(warning.message, new RegExp(`'${service}'.*'${service}-2'.*no 'balanceFactor'.*200`));

    await register(1, { Meta: { balanceFactor: '7' } });
    await waitFor('the new weight', () => it.list?.[0]?.weight === 7, { timeoutMs: CHANGE_MS });
    process.off('warning', note);
    assert.equal(more.length, 1);
    const other = watch({ weightMetaKey: 'balanceFactor', defaultWeight: 5 });
    await other.ports(values.map((_, i) => i + 1));
    assert.equal(other.list?.[1]?.weight, 5);
  });

  it('counts instances that share an address as one, with a warning', async () => {
    const warned = waitForEvent<[Error]>(process, 'warning');
    await register(1, { ID: `${service}-b`, Tags: ['b'] });
    await register(1, { ID: `${service}-a`, Tags: ['a'] });
    const it = watch();
    await it.ports([1]);
    assert.deepEqual(it.list?.[0]?.tags, ['a']);
    const [warning] = await warned;
    assert.match(warning.message, new RegExp(`'${service}-b' has the address 10.0.0.1:1`));
    // The other one takes over without a change of the endpoint's id.
    await agent.api.deregister(`${service}-a`);
    await waitFor('the other one', () => it.list?.[0]?.tags?.[0] === 'b', { timeoutMs: CHANGE_MS });
    assert.deepEqual(it.ids, ['10.0.0.1:1']);
  });

  it("takes the node's address for an instance that has none", async () => {
    await agent.api.register({ ID: service, Name: service, Port: 5 });
    const it = watch();
    await it.ports([5]);
    assert.deepEqual(it.ids, ['127.0.0.1:5']);
  });

  it('takes only instances that have all of the tags', async () => {
    await register(1, { Tags: ['a'] });
    await register(2, { Tags: ['a', 'b'] });
    await register(3, { Tags: ['b'] });
    const it = watch({ tags: ['a', 'b'] });
    await it.ports([2]);
    await register(3, { Tags: ['b', 'a', 'c'] });
    await it.ports([2, 3]);
  });

  it('asks in the datacenter that it is given', async () => {
    await register(1);
    await watch({ datacenter: 'dc1' }).ports([1]);
    const elsewhere = watch({ datacenter: 'nowhere' });
    await elsewhere.error(/500: No path to datacenter/);
    assert.deepEqual(elsewhere.lists, []);
  });

  it('asks any server when a stale answer will do', async () => {
    await using front = await ConsulFront.start(agent);
    await register(1);
    const it = watch({ address: `http://${front.address}`, allowStale: true });
    await it.ports([1]);
    assert.ok(front.seen.every(({ url }) => url.searchParams.has('stale')));
    await it.stop();
  });

  it('says nothing new when Consul answers without a change', async () => {
    await register(1);
    await using front = await ConsulFront.start(agent);
    const it = watch({ address: front.address, waitMs: 100 });
    await waitFor('a few answers', () => front.seen.length >= 5);
    assert.equal(it.lists.length, 1);
    assert.deepEqual(it.errors, []);
    await it.stop();
  });

  it('stops at once in every state, also while Consul holds its question', async () => {
    const controller = new AbortController();
    controller.abort();
    for await (const _ of consulDiscovery({ address: agent.address, service }).watch(controller.signal)) {
      assert.fail('a list after the end');
    }
    await using front = await ConsulFront.start(agent);
    await register(1);
    const it = watch({ address: front.address });
    await waitFor('a question to be held', () => front.held === 1 && it.lists.length === 1);
    await it.stop();
    await waitFor('the question to be taken back', () => front.held === 0 && front.open === 0);

    const paused = watch({ address: front.address, waitMs: 1 });
    // After the burst it waits for its turn, with a connection that is kept for the next question.
    await waitFor('a pause between questions', () => front.seen.length >= 4 && front.held === 0);
    assert.equal(front.open, 1);
    await paused.stop();
    await waitFor('the connection to be closed', () => front.open === 0);
  });
});
