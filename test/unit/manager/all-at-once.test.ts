import assert from 'node:assert/strict';
import { faultsOf, faultyPaths } from './config-faults.js';

const discovery = { type: 'static', endpoints: ['127.0.0.1:7000'] };
const contradiction = { discovery, protocol: 'tcp', transport: 'framed' };

describe('everything that is wrong with a config is told at once', () => {
  it('contradictions of one service, whatever is wrong with another', () => {
    assert.deepEqual(faultyPaths({ services: { a: { discovery: 5 }, b: contradiction } }), [
      'services.a.discovery',
      'services.b.transport',
    ]);
  });

  it('contradictions within a service of which something else is wrong', () => {
    const service = {
      ...contradiction,
      discovery: { type: 'dns', hostname: 'h' },
      balancer: 'best',
      pool: { initialSize: 60, idleTimeout: 'soon' },
      outlier: { baseEjection: '10m', interval: 'often' },
      tls: { ca: 5, cert: 'c.pem' },
    };
    assert.deepEqual(faultyPaths({ services: { a: service } }).sort(), [
      'services.a.balancer',
      'services.a.discovery.port',
      'services.a.outlier.interval',
      'services.a.outlier.maxEjection',
      'services.a.pool.idleTimeout',
      'services.a.pool.initialSize',
      'services.a.tls.ca',
      'services.a.tls.key',
      'services.a.transport',
    ]);
  });

  it('contradictions of the admin server, whatever is wrong with its port and with the services', () => {
    assert.deepEqual(faultyPaths({ services: [], admin: { host: '0.0.0.0', port: -1, metricsPath: 'm' } }), [
      'services',
      'admin.port',
      'admin.token',
      'admin.metricsPath',
    ]);
  });

  it('what a source of endpoints refuses, next to a name that nobody knows', () => {
    const consul = { type: 'consul', service: 's', address: 'nonsense', tokn: 't' };
    assert.deepEqual(faultyPaths({ services: { a: { discovery: consul } } }), [
      'services.a.discovery.tokn',
      'services.a.discovery.address',
    ]);
  });

  it('but not what only looks wrong because something else is', () => {
    const services = {
      a: { discovery: { type: 'dns', hostname: 'h', record: 'SVR' } },
      b: { discovery: { type: 'dns', hostname: 'h', port: '80' } },
      c: { discovery, protocol: 'udp', transport: 'framed' },
      d: { discovery, tls: { cert: 5, key: 'k.pem' } },
      e: { discovery: { type: 'etcd', hosts: ['h:1'], prefix: 'p', username: 5, password: 'p' } },
      f: { discovery, pool: { maxActive: 'many', maxIdle: 3, initialSize: 2 } },
    };
    assert.deepEqual(faultyPaths({ services, admin: { host: '0.0.0.0', token: 5 } }), [
      'services.a.discovery.record',
      'services.b.discovery.port',
      'services.c.protocol',
      'services.d.tls.cert',
      'services.e.discovery.username',
      'services.f.pool.maxActive',
      'admin.token',
    ]);
  });

  it('every variable that is not set, and nothing that depends on one', () => {
    const faults = faultsOf({
      services: { a: { discovery: { type: 'consul', service: 's', address: '${HOST}:${PORT}' } } },
      admin: { host: '${LISTEN}' },
    });
    assert.deepEqual(
      faults.map((fault) => /^(.*): the environment variable '(.*)' is not set/.exec(fault)?.slice(1)),
      [
        ['services.a.discovery.address', 'HOST'],
        ['services.a.discovery.address', 'PORT'],
        ['admin.host', 'LISTEN'],
      ],
    );
  });
});
