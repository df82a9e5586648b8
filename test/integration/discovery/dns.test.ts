import assert from 'node:assert/strict';
import { type DnsDiscoveryOptions, dnsDiscovery } from '../../../lib/discovery/dns-discovery.js';
import { Cleanup } from '../../support/cleanup.js';
import { DnsServer } from '../../support/dns-server.js';
import { waitFor } from '../../support/wait-for.js';
import { Watched } from './watched.js';

const NAME = 'echo.test';
const SERVICE = '_echo._tcp.test';

describe('dnsDiscovery', () => {
  let dns: DnsServer;
  const cleanup = new Cleanup();

  beforeEach(async () => {
    dns = cleanup.add(await DnsServer.start());
  });

  function watch(options: Partial<DnsDiscoveryOptions> = {}): Watched {
    const source = dnsDiscovery({
      hostname: NAME,
      type: 'A',
      resolver: dns.address,
      minIntervalMs: 20,
      ...options,
    });
    return cleanup.add(new Watched(source));
  }
  const watchServices = () => watch({ hostname: SERVICE, type: 'SRV' });

  it('takes every address of a name as an endpoint and follows what changes', async () => {
    dns.setAddresses(NAME, ['10.0.0.2', '10.0.0.1', '10.0.0.1']);
    const watched = watch({ port: 9090 });
    await watched.sees(['10.0.0.1:9090', '10.0.0.2:9090']);
    assert.deepEqual(watched.list, [
      { id: '10.0.0.1:9090', host: '10.0.0.1', port: 9090 },
      { id: '10.0.0.2:9090', host: '10.0.0.2', port: 9090 },
    ]);
    dns.setAddresses(NAME, ['10.0.0.3', '10.0.0.1']);
    await watched.sees(['10.0.0.1:9090', '10.0.0.3:9090']);
    assert.deepEqual(watched.errors, []);
  });

  it('says that the first answer is slow while it waits for it, so that ready() has a reason', async () => {
    dns.mode = 'mute';
    const watched = watch();
    await watched.error(/DNS A echo\.test: no answer for 1000 ms yet/);
    assert.equal(watched.errors[0]?.code, 'ERR_DNS');
  });

  it('takes IPv6 addresses, and endpoints without a port', async () => {
    dns.setAddresses(NAME, ['fd00::1', '10.0.0.1']);
    await watch({ type: 'AAAA', port: 9090 }).sees(['[fd00::1]:9090']);
    const plain = watch({ type: 'AAAA' });
    await plain.sees(['[fd00::1]']);
    assert.deepEqual(plain.list, [{ id: '[fd00::1]', host: 'fd00::1' }]);
  });

  it('says nothing while a server only turns its answers around', async () => {
    dns.setAddresses(NAME, ['10.0.0.1', '10.0.0.2']);
    const watched = watch();
    await watched.sees(['10.0.0.1', '10.0.0.2']);
    dns.setAddresses(NAME, ['10.0.0.2', '10.0.0.1']);
    const { length } = dns.asked;
    await waitFor('further questions', () => dns.asked.length > length + 3);
    assert.equal(watched.lists.length, 1);
  });

  it('does not ask again before the time to live is over', async () => {
    dns.setAddresses(NAME, ['10.0.0.1'], 1);
    const watched = watch();
    await watched.sees(['10.0.0.1']);
    dns.setAddresses(NAME, ['10.0.0.2'], 1);
    const start = performance.now();
    await watched.sees(['10.0.0.2']);
    assert.ok(performance.now() - start > 900, 'a second, less what the first answer took');
    assert.equal(dns.count(`A ${NAME}`), 2);
  });

  it('keeps the last list when a name goes, has no such record, or the server fails, and comes back', async () => {
    dns.setAddresses(NAME, ['10.0.0.1']);
    const watched = watch();
    await watched.sees(['10.0.0.1']);
    dns.remove(NAME);
    await watched.error(/NXDOMAIN/);
    dns.setAddresses(NAME, []);
    await watched.error(/ENODATA/);
    dns.mode = 'SERVFAIL';
    await watched.error(/SERVFAIL/);
    dns.mode = 'REFUSED';
    await watched.error(/REFUSED/);
    assert.equal(watched.lists.length, 1);
    assert.deepEqual(new Set(watched.errors.map(({ code }) => code)), new Set(['ERR_DNS']));
    dns.mode = 'answer';
    dns.setAddresses(NAME, ['10.0.0.2']);
    await watched.sees(['10.0.0.2']);
  });

  it('asks again within a second after failures, and not in a hurry', async () => {
    const watched = watch();
    await watched.error(/NXDOMAIN/);
    await waitFor('five failures', () => watched.errors.length >= 5);
    const { length } = dns.asked;
    const start = performance.now();
    await waitFor('another question', () => dns.asked.length > length);
    await waitFor('yet another question', () => dns.asked.length > length + 1);
    const tookMs = performance.now() - start;
    assert.ok(tookMs > 400 && tookMs < 4_000, `two pauses took ${tookMs} ms`);
  });

  it('reports a server that is silent or gone, and finds it when it speaks', async () => {
    dns.setAddresses(NAME, ['10.0.0.1']);
    dns.mode = 'mute';
    const watched = watch();
    await watched.error(/ETIMEOUT/, { timeoutMs: 8_000 });
    dns.mode = 'answer';
    await watched.sees(['10.0.0.1']);

    const gone = await DnsServer.start();
    const { address } = gone;
    await gone.close();
    await watch({ resolver: address }).error(/ECONNREFUSED|ETIMEOUT/, { timeoutMs: 8_000 });
  });

  it('ends at once when it is stopped with a question outstanding, and reports nothing then', async () => {
    dns.mode = 'mute';
    const watched = watch();
    await waitFor('a question', () => dns.asked.length > 0);
    await watched.stop();
    assert.deepEqual(watched.errors, []);
  });

  it('takes the hosts of SRV records of the lowest priority, with their ports and weights', async () => {
    dns.setServices(SERVICE, [
      { target: 'b.test', port: 2, priority: 1, weight: 30 },
      { target: 'a.test', port: 1, priority: 1, weight: 0 },
      { target: 'spare.test', port: 3, priority: 2, weight: 50 },
    ]);
    dns.setAddresses('a.test', ['10.0.0.1']);
    dns.setAddresses('b.test', ['10.0.0.2', '10.0.0.3']);
    const watched = watchServices();
    await watched.sees(['10.0.0.1:1', '10.0.0.2:2', '10.0.0.3:2']);
    assert.deepEqual(watched.list, [
      { id: '10.0.0.1:1', host: '10.0.0.1', port: 1, weight: 1, meta: { target: 'a.test' } },
      { id: '10.0.0.2:2', host: '10.0.0.2', port: 2, weight: 15, meta: { target: 'b.test' } },
      { id: '10.0.0.3:2', host: '10.0.0.3', port: 2, weight: 15, meta: { target: 'b.test' } },
    ]);
    assert.equal(dns.count('A spare.test'), 0);

    dns.setServices(SERVICE, [{ target: 'spare.test', port: 3, priority: 2, weight: 50 }]);
    dns.setAddresses('spare.test', ['fd00::9']);
    await watched.sees(['[fd00::9]:3']);
  });

  it('keeps the addresses of an SRV host that cannot be looked up, and asks again soon', async () => {
    dns.setServices(SERVICE, [
      { target: 'a.test', port: 1 },
      { target: 'b.test', port: 1 },
    ]);
    dns.setAddresses('a.test', ['10.0.0.1']);
    dns.setAddresses('b.test', ['10.0.0.2']);
    const watched = watchServices();
    await watched.sees(['10.0.0.1:1', '10.0.0.2:1']);
    dns.failing.add('b.test');
    dns.setAddresses('a.test', ['10.0.0.9']);
    await watched.sees(['10.0.0.2:1', '10.0.0.9:1']);
    await watched.error(/b\.test.*SERVFAIL/);
    dns.failing.add('a.test');
    await watched.error(/a\.test.*SERVFAIL/);
    dns.failing.clear();
    dns.setAddresses('b.test', ['10.0.0.8']);
    await watched.sees(['10.0.0.8:1', '10.0.0.9:1']);
  });

  it('does not wait for its interval when a part of the answer is missing', async () => {
    dns.setServices(SERVICE, [
      { target: 'a.test', port: 1 },
      { target: 'b.test', port: 1 },
    ]);
    dns.setAddresses('a.test', ['10.0.0.1']);
    const watched = watch({ hostname: SERVICE, type: 'SRV', minIntervalMs: 3_600_000 });
    await watched.sees(['10.0.0.1:1']);
    await watched.error(/b\.test.*NXDOMAIN/);
    dns.setAddresses('b.test', ['10.0.0.2']);
    await watched.sees(['10.0.0.1:1', '10.0.0.2:1']);
  });

  it('adds up what two SRV records give one address', async () => {
    dns.setServices(SERVICE, [
      { target: 'a.test', port: 1, weight: 10 },
      { target: 'alias.test', port: 1, weight: 5 },
    ]);
    dns.setAddresses('a.test', ['10.0.0.1']);
    dns.setAddresses('alias.test', ['10.0.0.1']);
    const watched = watchServices();
    await watched.sees(['10.0.0.1:1']);
    assert.equal(watched.list?.[0]?.weight, 15);
  });

  it('fails when no SRV host can be looked up, and when the service is decidedly not offered', async () => {
    dns.setServices(SERVICE, [{ target: 'a.test', port: 1 }]);
    const watched = watchServices();
    await watched.error(/DNS A a\.test: there is no such name/);
    dns.setServices(SERVICE, [{ target: '.', port: 0 }]);
    await watched.error(/not offered/);
    assert.equal(watched.lists.length, 0);
  });
});
