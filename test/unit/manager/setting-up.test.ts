import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { describe, it } from 'mocha';
import { clusterOptionsOf } from '../../../lib/manager/cluster-options-of.js';
import { resolveConfig } from '../../../lib/manager/config/load-config.js';
import { discoveryOf } from '../../../lib/manager/discovery-of.js';
import { loadPeer } from '../../../lib/manager/load-peer.js';
import { PoolManager } from '../../../lib/manager/pool-manager.js';

const folder = tmpdir();

describe('setting a service up', () => {
  it('makes the discovery that the config describes', async () => {
    const sources = [
      { type: 'static', endpoints: ['h:1'] },
      { type: 'file', path: 'endpoints.yaml' },
      { type: 'dns', hostname: 'h', port: 1 },
      { type: 'consul', service: 's' },
      { type: 'etcd', hosts: ['h:1'], prefix: '/s/', username: 'u', password: 'p' },
      { type: 'etcd', hosts: ['h:1'], prefix: '/s/' },
    ];
    for (const discovery of sources) {
      const { services } = resolveConfig({ services: { a: { discovery } } });
      const made = await discoveryOf(services.a!.discovery, folder);
      assert.equal(typeof made.watch, 'function', discovery.type);
    }
  });

  it('cannot do without the files that discovery needs', async () => {
    const discovery = { type: 'consul', service: 's', address: 'h:1', tls: { ca: 'nowhere.pem' } };
    const { services } = resolveConfig({ services: { a: { discovery } } });
    await assert.rejects(discoveryOf(services.a!.discovery, folder), {
      code: 'ERR_SERVICE_SETUP',
      message: /^discovery\.tls\.ca cannot be read: ENOENT/,
    });
  });

  it('passes every setting of breaker, ejection and health checks on', () => {
    const { services } = resolveConfig({
      services: {
        a: {
          discovery: { type: 'static', endpoints: ['h:1'] },
          breaker: { maxFails: 2, cooldown: '3s' },
          outlier: { interval: '4s', maxEjected: 0.5 },
          health: false,
          slowStart: '6s',
          panicThreshold: 0.5,
        },
      },
    });
    assert.deepEqual(clusterOptionsOf('a', services.a!), {
      name: 'a',
      balancer: 'weightedRoundRobin',
      breaker: { maxFails: 2, cooldownMs: 3_000 },
      outlier: {
        consecutiveFailures: 5,
        intervalMs: 4_000,
        baseEjectionMs: 30_000,
        maxEjectionMs: 300_000,
        maxEjected: 0.5,
      },
      healthCheck: false,
      panicThreshold: 0.5,
      slowStartMs: 6_000,
      prewarm: 5,
    });
  });

  it('names the package that is missing', async () => {
    const missing = (name: string) => async () => {
      const error = new Error(`Cannot find package '${name}' imported from x.js`);
      throw Object.assign(error, { code: 'ERR_MODULE_NOT_FOUND' });
    };
    await assert.rejects(loadPeer('Thrift', ['thrift'], missing('thrift')), {
      code: 'ERR_SERVICE_SETUP',
      message: "Thrift needs the package 'thrift': npm install thrift",
    });
    await assert.rejects(loadPeer('etcd', ['a', 'b'], missing('b')), {
      message: "etcd needs the packages 'a', 'b': npm install a b",
    });
    await assert.rejects(loadPeer('etcd', ['a'], missing('other')), {
      message: /Cannot find package 'other'/,
    });
  });
});

describe('a manager', () => {
  it('refuses options that it does not know, and what is no config', () => {
    const refused = { code: 'ERR_INVALID_OPTION' };
    assert.throws(() => new PoolManager(5 as never), refused);
    assert.throws(() => new PoolManager({ services: {} }, { client: {} } as never), refused);
    assert.throws(() => new PoolManager({ services: {} }, { clients: [] } as never), refused);
  });

  it('refuses a call without a function', async () => {
    const manager = new PoolManager({ services: {} });
    await assert.rejects(manager.do('a', undefined as never), { code: 'ERR_INVALID_OPTION' });
  });

  it('warns of a listener that throws, and goes on', async () => {
    const manager = new PoolManager({ services: {} });
    manager.on('stopped', () => {
      throw new Error('a listener of mine');
    });
    const warned = new Promise<Error>((resolve) => process.once('warning', resolve));
    await manager.stop();
    assert.equal((await warned).message, 'a listener of mine');
  });
});
