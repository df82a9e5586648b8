import assert from 'node:assert/strict';
import { type DnsDiscoveryOptions, dnsDiscovery, intervalMs } from '../../../lib/discovery/dns-discovery.js';
import { serverOf } from '../../../lib/discovery/dns-resolver.js';

describe('the options of dnsDiscovery', () => {
  const good: DnsDiscoveryOptions = { hostname: 'echo.test', type: 'A' };

  it('takes addresses with a port and services without', () => {
    dnsDiscovery({ ...good, port: 9090, resolver: '[::1]:53', minIntervalMs: 1 });
    dnsDiscovery({ ...good, type: 'SRV' });
  });

  it('refuses by name what is not allowed', () => {
    const bad: [object, string][] = [
      [{ ...good, hostname: '' }, 'hostname'],
      [{ type: 'A' }, 'hostname'],
      [{ ...good, type: 'MX' }, 'type'],
      [{ ...good, port: 0 }, 'port'],
      [{ ...good, type: 'SRV', port: 9090 }, 'port'],
      [{ ...good, resolver: 'dns.internal:53' }, 'resolver'],
      [{ ...good, minIntervalMs: 0 }, 'minIntervalMs'],
      [{ ...good, host: 'x' }, 'host'],
    ];
    for (const [options, option] of bad) {
      assert.throws(() => dnsDiscovery(options as DnsDiscoveryOptions), {
        code: 'ERR_INVALID_OPTION',
        option,
      });
    }
  });

  it('takes a resolver by its IP address, with or without a port', () => {
    assert.equal(serverOf('10.0.0.2'), '10.0.0.2');
    assert.equal(serverOf('10.0.0.2:5353'), '10.0.0.2:5353');
    assert.equal(serverOf('::1'), '[::1]');
    assert.equal(serverOf('[::1]'), '[::1]');
    assert.equal(serverOf('[::1]:5353'), '[::1]:5353');
    for (const bad of [
      'localhost',
      '10.0.0.2:0',
      '10.0.0.2:65536',
      '10.0.0.2:x',
      '[10.0.0.2]:53',
      '10.0.0',
      ':53',
    ]) {
      assert.throws(() => serverOf(bad), { option: 'resolver', value: bad });
    }
  });
});

describe('when DNS is asked again', () => {
  it('goes by the time to live, from the shortest interval up to a minute, and at random up to a tenth later', () => {
    const within = (holdsMs: number, shortestMs: number, expectedMs: number) => {
      for (let i = 0; i < 50; i++) {
        const ms = intervalMs(holdsMs, shortestMs);
        assert.ok(ms >= expectedMs && ms <= expectedMs * 1.1, `${ms} for ${holdsMs} and ${shortestMs}`);
      }
    };
    within(30_000, 1_000, 30_000);
    within(0, 1_000, 1_000);
    within(86_400_000, 1_000, 60_000);
    within(10_000, 300_000, 300_000);
    assert.notEqual(intervalMs(30_000, 1), intervalMs(30_000, 1));
  });
});
