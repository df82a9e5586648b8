import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'mocha';
import {
  type ConsulDiscoveryOptions,
  consulDiscovery,
  registerService,
} from '../../../lib/discovery/consul/index.js';
import { type ConsulAgent, requireConsul } from '../../support/consul-agent.js';
import { type RecordedHandles, recordHandles } from '../../support/handles.js';
import { type TlsFixture, tlsFixture } from '../../support/tls.js';
import { Watched } from './watched.js';

describe('consulDiscovery over TLS', () => {
  let agent: ConsulAgent;
  let certificates: TlsFixture;
  let handles: RecordedHandles;
  let watched: Watched[];

  before(async function () {
    certificates = await tlsFixture();
    agent = await requireConsul(this, { tls: certificates });
    await agent.api.register({ ID: 'web-1', Name: 'web', Address: '10.0.0.1', Port: 1 });
  });
  after(() => agent?.stop());
  beforeEach(async () => {
    watched = [];
    await new Promise(setImmediate);
    handles = recordHandles();
  });
  afterEach(async () => {
    await Promise.all(watched.map((each) => each.stop()));
    await handles.assertNoneLeft();
  });

  function watch(options: Partial<ConsulDiscoveryOptions>): Watched {
    const address = `localhost:${agent.httpsPort}`;
    const it = new Watched(consulDiscovery({ address, service: 'web', ...options }));
    watched.push(it);
    return it;
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
