import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { Cluster } from '../../../lib/cluster/index.js';
import {
  type ConsulDiscoveryOptions,
  consulDiscovery,
  registerService,
} from '../../../lib/discovery/consul/index.js';
import { Cleanup } from '../../support/cleanup.js';
import { type ConsulAgent, requireConsul } from '../../support/consul-agent.js';
import { ConsulFront } from '../../support/consul-front.js';
import { linePool } from '../cluster/line-server.js';
import { Watched } from '../discovery/watched.js';

const MASTER = '3b4a1c0e-0000-4000-8000-000000000001';
const WRONG = '3b4a1c0e-0000-4000-8000-00000000dead';

describe('consulDiscovery and access control', () => {
  let agent: ConsulAgent;
  const cleanup = new Cleanup();

  before(async function () {
    agent = await requireConsul(this, { masterToken: MASTER });
    await agent.api.register({ ID: 'web-1', Name: 'web', Address: '10.0.0.1', Port: 1 });
  });
  after(() => agent?.stop());

  function watch(options: Partial<ConsulDiscoveryOptions> = {}): Watched {
    return cleanup.add(new Watched(consulDiscovery({ address: agent.address, service: 'web', ...options })));
  }

  it('lists what its token may see', async () => {
    await watch({ token: MASTER }).ports([1]);
  });

  it('reports a wrong token without showing it, and gives no list', async () => {
    const it = watch({ token: WRONG });
    const error = await it.error(/answered GET \/v1\/health\/service\/web with 403: ACL not found/);
    assert.ok(!`${error.stack} ${JSON.stringify(error)}`.includes(WRONG));
    assert.deepEqual(it.lists, []);
  });

  it('makes ready() of a cluster reject with that reason at its deadline', async () => {
    const cluster = new Cluster({
      discovery: consulDiscovery({ address: agent.address, service: 'web', token: WRONG }),
      connect: ({ port }) => linePool(port!),
    });
    await assert.rejects(cluster.ready({ timeoutMs: 500 }), {
      code: 'ERR_NO_AVAILABLE_CLIENT',
      message: /within 500 ms.*403: ACL not found/,
    });
    assert.ok(cluster.stats().discovery!.errors > 0);
    await cluster.close();
  });

  it('makes ready() of a cluster reject when the first list is empty, as it is for who may see nothing', async () => {
    const cluster = new Cluster({
      discovery: consulDiscovery({ address: agent.address, service: 'web' }),
      connect: ({ port }) => linePool(port!),
    });
    await assert.rejects(cluster.ready({ timeoutMs: 500 }), { message: /the first list is empty/ });
    await cluster.close();
  });

  it('counts an empty list as an error when Consul says that it hid something', async () => {
    await using front = await ConsulFront.start(agent);
    const headers = { 'X-Consul-Results-Filtered-By-ACLs': 'true' };
    front.fault = { status: 200, text: '[]', headers };
    const it = watch({ address: front.address });
    await it.error(/ACLs hide/);
    assert.deepEqual(it.lists, []);
    await it.stop();
  });

  it('goes on when the token becomes valid', async () => {
    const it = watch({ token: WRONG });
    await it.error(/403/);
    await agent.api.ask('PUT', '/v1/acl/token', {
      AccessorID: '3b4a1c0e-0000-4000-8000-00000000beef',
      SecretID: WRONG,
      Policies: [{ ID: '00000000-0000-0000-0000-000000000001' }],
    });
    await it.ports([1], { timeoutMs: 4_000 });
    await agent.api.ask('DELETE', '/v1/acl/token/3b4a1c0e-0000-4000-8000-00000000beef');
  });

  it('registers with a token that may, and rejects with the reason for one that may not', async () => {
    const options = { address: agent.address, service: 'api', host: '127.0.0.1', port: 9, ttlMs: 60_000 };
    await assert.rejects(registerService(options), { code: 'ERR_CONSUL', message: /403: Permission denied/ });
    const registration = await registerService({ ...options, token: MASTER });
    assert.equal((await agent.api.instances('api')).length, 1);
    await registration.deregister();
    assert.equal((await agent.api.instances('api')).length, 0);
  });
});
