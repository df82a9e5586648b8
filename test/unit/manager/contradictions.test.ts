import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { faultsOf } from './config-faults.js';

const discovery = { type: 'static', endpoints: ['127.0.0.1:7000'] };

/** The faults of a service, or of the admin server. */
function faults(service: object, admin: object | false = false): string[] {
  const found = faultsOf({ services: { a: { discovery, ...service } }, admin });
  return found.map((fault) => fault.replace('services.a.', ''));
}

describe('settings that contradict each other', () => {
  const cases: [title: string, service: object, fault: RegExp | undefined][] = [
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
      /^outlier\.maxEjection: must be at least baseEjection \(600000 ms\), got 300000 ms, the default/,
    ],
    [
      'more connections kept than open at once, where more may be idle',
      { pool: { maxActive: 10, maxIdle: 20, initialSize: 15 } },
      /^pool\.initialSize: must be at most maxActive \(10\), got 15$/,
    ],
    [
      'fewer connections at once than are kept by default',
      { pool: { maxActive: 2 } },
      /^pool\.initialSize: must be at most maxActive \(2\), got 5, the default$/,
    ],
    [
      'a certificate for Consul without its key',
      { discovery: { type: 'consul', service: 's', tls: { cert: 'c.pem' } } },
      /^discovery\.tls\.key: must be given, because cert is$/,
    ],
    [
      'a key without its certificate',
      { tls: { key: 'k.pem' } },
      /^tls\.cert: must be given, because key is$/,
    ],
    [
      'a file of endpoints whose name tells no format',
      { discovery: { type: 'file', path: 'endpoints.txt' } },
      /^discovery\.path: must be a path that ends in '\.json', '\.yaml' or '\.yml', got 'endpoints\.txt'/,
    ],
    [
      'TLS to members of etcd without it',
      { discovery: { type: 'etcd', hosts: ['http://h:1'], prefix: 'p', tls: {} } },
      /^discovery\.tls: must be left out when the hosts begin with http:/,
    ],
    [
      'members of etcd of which some speak TLS',
      { discovery: { type: 'etcd', hosts: ['https://h:1', 'i:1'], prefix: 'p' } },
      /^discovery\.hosts\[1\]: must be with TLS, as the first one is, got 'i:1'/,
    ],
    [
      'members of etcd that all speak TLS',
      { discovery: { type: 'etcd', hosts: ['https://h:1', 'i:1'], prefix: 'p', tls: {} } },
      undefined,
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
