import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { ConfigError } from '../../../lib/manager/config/config-error.js';
import { resolveConfig } from '../../../lib/manager/config/load-config.js';

const discovery = { type: 'static', endpoints: ['127.0.0.1:7000'] };

/** The faults of a service, or of the admin server. */
function faults(service: object, admin: object | false = false): string[] {
  try {
    resolveConfig({ services: { a: { discovery, ...service } }, admin }, { env: {} });
    return [];
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.issues.map(({ path, message }) => `${path.replace('services.a.', '')}: ${message}`);
  }
}

describe('settings that contradict each other', () => {
  const cases: [title: string, service: object, fault: RegExp | undefined][] = [
    [
      'an endpoint with an impossible port',
      { discovery: { ...discovery, endpoints: ['h:70000'] } },
      /^discovery\.endpoints\[0\]\.port: must be an integer from 1 to 65535, got 70000/,
    ],
    [
      'an endpoint that is there twice',
      { discovery: { ...discovery, endpoints: ['h:1', 'h:1'] } },
      /^discovery\.endpoints\[1\]\.id: must be the only one of its name/,
    ],
    [
      'an endpoint as an object that has no id',
      { discovery: { ...discovery, endpoints: [{ host: 'h', port: 1 }] } },
      /^discovery\.endpoints\[0\]\.id: must be a non-empty string/,
    ],
    ['an IPv6 endpoint', { discovery: { ...discovery, endpoints: ['[::1]:1'] } }, undefined],
    [
      'SRV records with a port',
      { discovery: { type: 'dns', hostname: 'h', record: 'SRV', port: 1 } },
      /^discovery\.port: must be left out with SRV records/,
    ],
    [
      'a DNS server by name',
      { discovery: { type: 'dns', hostname: 'h', port: 1, resolver: 'dns.example' } },
      /^discovery\.resolver: must be an IP address/,
    ],
    [
      'a DNS server',
      { discovery: { type: 'dns', hostname: 'h', port: 1, resolver: '10.0.0.1:53' } },
      undefined,
    ],
    [
      'TLS to a Consul without it',
      { discovery: { type: 'consul', service: 's', address: 'http://h:1', tls: {} } },
      /^discovery\.tls: must be left out when the address begins with http:/,
    ],
    [
      'ejections longer than the longest',
      { outlier: { baseEjection: '10m' } },
      /^outlier\.maxEjection: must be at least baseEjection \(600000\), got 300000/,
    ],
    [
      'the health service of gRPC for Thrift',
      { protocol: 'thrift', health: { service: '' } },
      /^health\.service: must be left out: it is for grpc, and this service speaks thrift/,
    ],
    [
      'a heartbeat method for gRPC',
      { client: { module: 'm.js', heartbeat: 'Ping' } },
      /^client\.heartbeat: must be left out: it is for thrift/,
    ],
    [
      'a client for plain TCP',
      { protocol: 'tcp', client: { module: 'm.js' } },
      /^client: must be left out: it is for grpc and thrift, and this service speaks tcp/,
    ],
  ];
  for (const [title, service, fault] of cases) {
    it(`${fault === undefined ? 'are not' : 'are'} ${title}`, () => {
      const found = faults(service);
      if (fault === undefined) return assert.deepEqual(found, []);
      assert.equal(found.length, 1, found.join('\n'));
      assert.match(found[0]!, fault);
    });
  }

  it('are metrics where something else is served', () => {
    for (const metricsPath of ['/health', '/stats', '/events', '/assets/app.js'])
      assert.match(faults({}, { metricsPath })[0]!, /^admin\.metricsPath: must be a path that is free/);
    for (const metricsPath of ['/', '/a/', '/:a', '/*', 'metrics'])
      assert.match(faults({}, { metricsPath })[0]!, /^admin\.metricsPath: must be a path such as/);
    assert.deepEqual(faults({}, { metricsPath: '/internal/metrics.txt' }), []);
  });

  it('are reported all at once', () => {
    assert.equal(faults({ outlier: { baseEjection: '10m' }, transport: 'framed' }, { host: '::' }).length, 3);
  });
});
