import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'mocha';
import {
  type ConsulDiscoveryOptions,
  ConsulError,
  consulDiscovery,
} from '../../../lib/discovery/consul/index.js';
import { Cleanup } from '../../support/cleanup.js';
import { type ConsulAgent, requireConsul } from '../../support/consul-agent.js';
import { ConsulFront } from '../../support/consul-front.js';
import { FaultProxy } from '../../support/fault-proxy.js';
import { freePorts } from '../../support/free-ports.js';
import { waitFor } from '../../support/wait-for.js';
import { Watched } from '../discovery/watched.js';
import { RESTART_MS } from './limits.js';
import { assertPace } from './pace.js';

describe('consulDiscovery when Consul fails', () => {
  let agent: ConsulAgent;
  let front: ConsulFront;
  const cleanup = new Cleanup();
  let service: string;
  let services = 0;

  before(async function () {
    agent = await requireConsul(this);
  });
  after(() => agent?.stop());
  beforeEach(async () => {
    service = `lost${services++}`;
    front = cleanup.add(await ConsulFront.start(agent));
  });
  afterEach(() => assertPace(front.seen));

  function watch(options: Partial<ConsulDiscoveryOptions> = {}): Watched {
    return cleanup.add(new Watched(consulDiscovery({ address: front.address, service, ...options })));
  }

  const register = (port: number) =>
    agent.api.register({ ID: `${service}-${port}`, Name: service, Address: '10.0.0.1', Port: port });

  it('finds an agent again that was killed and comes back with an older index', async () => {
    for (const port of [1, 2, 3]) await register(port);
    const it = watch();
    await it.ports([1, 2, 3]);
    await waitFor('a question to be held', () => front.held === 1);
    const indexBefore = await agent.api.index(service);
    await agent.kill();
    await it.error(/socket hang up|ECONNRESET/);
    await it.error(/ECONNREFUSED|socket hang up/);
    assert.equal(it.lists.length, 1, 'an agent that is gone changes nothing');

    await agent.restart();
    await register(2);
    await it.ports([2], { timeoutMs: RESTART_MS });
    assert.ok((await agent.api.index(service)) < indexBefore);
    await register(9);
    await it.ports([2, 9]);
  });

  it('starts over when the index goes backwards without the connection being lost', async () => {
    for (const port of [1, 2]) await register(port);
    // A front of one agent after another, as a load balancer is: the questions held end when their time is up.
    const it = watch({ waitMs: 300 });
    await it.ports([1, 2]);
    const answer = await agent.api.ask('GET', `/v1/health/service/${service}?passing=1`);
    const list = (answer as unknown[]).slice(0, 1);
    front.fault = { status: 200, text: JSON.stringify(list), headers: { 'X-Consul-Index': '3' } };
    await it.ports([1]);
    const questions = front.seen.length;
    await waitFor('two more questions', () => front.seen.length >= questions + 2, { timeoutMs: 3_000 });
    // After the step back: the present state first, then a question that waits from there on.
    const indexes = front.seen.map(({ url }) => url.searchParams.get('index'));
    const step = indexes.lastIndexOf(null);
    assert.ok(step > 0, `asked with ${indexes}`);
    assert.equal(indexes[step + 1], '3');
    front.fault = undefined;
    await it.ports([1, 2]);
  });

  it('does not wait from an index below 1', async () => {
    front.fault = { status: 200, text: '[]', headers: { 'X-Consul-Index': '0' } };
    const it = watch();
    await it.ports([]);
    await waitFor('more questions', () => front.seen.length >= 4);
    assert.ok(front.seen.every(({ url }) => !url.searchParams.has('index')));
  });

  it('keeps the last list while the agent answers 500, asks again within a second and no faster than allowed', async () => {
    await register(1);
    const it = watch();
    await it.ports([1]);
    await waitFor('a question to be held', () => front.held === 1);
    front.fault = { status: 500, text: 'No cluster leader' };
    // What is held passed before; a change ends it.
    await register(2);
    await it.ports([1, 2]);
    const error = await it.error(/answered GET \/v1\/health\/service\/lost\d+ with 500: No cluster leader/);
    assert.ok(error instanceof ConsulError);
    assert.deepEqual([error.code, error.status], ['ERR_CONSUL', 500]);
    await waitFor('a few more failures', () => it.errors.length >= 4);
    const gaps = front.seen.slice(-3).map(({ at }, i, all) => at - (all[i - 1]?.at ?? at));
    assert.ok(
      gaps.every((gap) => gap < 1_300),
      `asked after ${gaps}`,
    );
    assert.equal(it.lists.length, 2);
    await register(3);
    front.fault = undefined;
    await it.ports([1, 2, 3]);
  });

  it('notices at once when a connection ends in the middle of an answer', async () => {
    await register(1);
    front.fault = 'cut';
    const it = watch();
    await it.error(/aborted|socket hang up|closed/, { timeoutMs: 1_000 });
    front.fault = undefined;
    await it.ports([1]);
  });

  for (const [what, text] of [
    ['that is no JSON', '<html>Bad gateway</html>'],
    ['that is no list', '{"error":"x"}'],
    ['of entries that are no instances', '[{"Node":{}},{}]'],
  ] as const) {
    it(`takes no list from an answer ${what}`, async () => {
      await register(1);
      const it = watch({ waitMs: 200 });
      await it.ports([1]);
      front.fault = { status: 200, text };
      await it.error(/something that is no/, { timeoutMs: 3_000 });
      assert.equal(it.lists.length, 1);
    });
  }

  it('waits for an agent that is not there yet, and says so', async () => {
    const [port] = await freePorts(1);
    const it = watch({ address: `127.0.0.1:${port}` });
    const error = await it.error(
      new RegExp(`Consul at 127.0.0.1:${port}: GET /v1/.* failed: .*ECONNREFUSED`),
    );
    assert.deepEqual(it.lists, []);
    assert.equal((error.cause as NodeJS.ErrnoException).code, 'ECONNREFUSED');
  });

  it('follows a slow agent', async () => {
    await using proxy = await FaultProxy.start(agent);
    proxy.set({ kind: 'delay', ms: 300 });
    await register(1);
    const it = watch({ address: `${proxy.host}:${proxy.port}` });
    await it.ports([1]);
    for (const port of [2, 3, 4]) {
      await register(port);
      await it.ports(Array.from({ length: port }, (_, i) => i + 1));
    }
    assert.deepEqual(it.errors, []);
    await it.stop();
  });

  it('gets over a connection that is reset while Consul holds the question', async () => {
    await using proxy = await FaultProxy.start(front);
    await register(1);
    const it = watch({ address: `${proxy.host}:${proxy.port}` });
    await it.ports([1]);
    const isHeld = () => front.held === 1 && front.seen.at(-1)?.url.searchParams.has('index') === true;
    for (const kind of ['reset', 'cut'] as const) {
      await waitFor('a question to be held', isHeld);
      const errors = it.errors.length;
      proxy.set({ kind }, { connections: 'open' });
      await waitFor('the error', () => it.errors.length === errors + 1, { timeoutMs: 500 });
    }
    await register(2);
    await it.ports([1, 2]);
    assert.equal(it.errors.length, 2);
    await it.stop();
  });
});
