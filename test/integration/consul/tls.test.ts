import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import {
  type ConsulDiscoveryOptions,
  consulDiscovery,
  registerService,
} from '../../../lib/discovery/consul/index.js';
import { Cleanup } from '../../support/cleanup.js';
import { type ConsulAgent, requireConsul } from '../../support/consul-agent.js';
import { type TlsFixture, tlsFixture } from '../../support/tls.js';
import { Watched } from '../discovery/watched.js';

describe('consulDiscovery over TLS', () => {
  let agent: ConsulAgent;
  let certificates: TlsFixture;
  const cleanup = new Cleanup();

  before(async function () {
    certificates = await tlsFixture();
    agent = await requireConsul(this, { tls: certificates });
    await agent.api.register({ ID: 'web-1', Name: 'web', Address: '10.0.0.1', Port: 1 });
  });
  after(() => agent?.stop());

  function watch(options: Partial<ConsulDiscoveryOptions>): Watched {
    const address = `localhost:${agent.httpsPort}`;
    return cleanup.add(new Watched(consulDiscovery({ address, service: 'web', ...options })));
  }

  it('follows an agent that wants a certificate, by address or by URL', async () => {
    const tls = { ca: certificates.ca, ...certificates.client };
    const [byAddress, byUrl] = [
      watch({ tls }),
      watch({ tls, address: new URL(`https://127.0.0.1:${agent.httpsPort}`) }),
    ];
    await Promise.all([byAddress.ports([1]), byUrl.ports([1])]);
    await agent.api.register({ ID: 'web-2', Name: 'web', Address: '10.0.0.1', Port: 2 });
    await Promise.all([byAddress.ports([1, 2]), byUrl.ports([1, 2])]);
  });

  it('trusts only authorities that it knows', async () => {
    const unknown = watch({ address: `https://localhost:${agent.httpsPort}` });
    await unknown.error(/unable to verify|self.signed|unable to get/);
    assert.deepEqual(unknown.lists, []);
  });

  it('reports an agent that refuses its certificate', async () => {
    const stranger = watch({ tls: { ca: certificates.ca, ...certificates.stranger } });
    await stranger.error(/certificate|alert|hang up|ECONNRESET/);
    assert.deepEqual(stranger.lists, []);
  });

  it('registers a service', async () => {
    const registration = await registerService({
      address: `localhost:${agent.httpsPort}`,
      tls: { ca: certificates.ca, ...certificates.client },
      service: 'api',
      host: '127.0.0.1',
      port: 9,
      ttlMs: 60_000,
    });
    assert.equal((await agent.api.instances('api')).length, 1);
    await registration.deregister();
    assert.equal((await agent.api.instances('api')).length, 0);
  });
});
