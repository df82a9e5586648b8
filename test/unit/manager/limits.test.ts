import assert from 'node:assert/strict';
import { resolveConfig } from '../../../lib/manager/config/load-config.js';
import { faultsOf } from './config-faults.js';

const discovery = { type: 'static', endpoints: ['127.0.0.1:7000'] };
const serviceFaults = (service: object) =>
  faultsOf({ services: { a: { discovery, ...service } } }).map((fault) => fault.replace('services.a.', ''));

describe('times in a config', () => {
  it('may be as long as a hundred years, and no longer', () => {
    const { services, stopTimeout } = resolveConfig({
      services: { a: { discovery, pool: { idleTimeout: '36500d' }, requestTimeout: 3_153_600_000_000 } },
      stopTimeout: '36500d',
    });
    assert.deepEqual([services.a!.pool.idleTimeout, stopTimeout], [3_153_600_000_000, 3_153_600_000_000]);
    assert.deepEqual(
      serviceFaults({ pool: { idleTimeout: '9999999999d' }, requestTimeout: 3_153_600_000_001 }),
      [
        "pool.idleTimeout: must be at most 36500d, got '9999999999d' (string)",
        'requestTimeout: must be at most 36500d, got 3153600000001 (number)',
      ],
    );
  });

  it('are shorter where a timer of another package takes no more', () => {
    assert.equal(
      resolveConfig({ services: { a: { discovery, pool: { keepalive: '24d' } } } }).services.a!.pool
        .keepalive,
      24 * 86_400_000,
    );
    assert.deepEqual(serviceFaults({ pool: { keepalive: '25d' } }), [
      "pool.keepalive: must be at most 24d, got '25d' (string)",
    ]);
  });

  it('say what they may be', () => {
    const allowed = "a number of ms, or a number with a unit such as '250ms', '30s', '5m', '1h', '1d'";
    assert.deepEqual(
      serviceFaults({ pool: { waitTimeout: '5000', connectTimeout: 0, idleTimeout: Infinity } }),
      [
        `pool.waitTimeout: must be ${allowed}, got '5000' (string)`,
        `pool.connectTimeout: must be above 0: ${allowed}, got 0 (number)`,
        `pool.idleTimeout: must be ${allowed}, got Infinity (number)`,
      ],
    );
  });

  it('between two lookups are above 0', () => {
    assert.match(
      serviceFaults({ discovery: { type: 'dns', hostname: 'h', port: 1, refresh: 0 } })[0] ?? '',
      /^discovery\.refresh: must be above 0/,
    );
  });
});

describe('addresses in a config', () => {
  it('of members of etcd are looked at one by one', () => {
    const hosts = [
      'h',
      'h:1',
      'http://h:1/',
      '[::1]:1',
      '%%%',
      'a b:1',
      'h:99999',
      'ftp://h:1',
      'http://h:1/path',
    ];
    const allowed = "must be 'host:port', or an http or https URL without a path";
    assert.deepEqual(serviceFaults({ discovery: { type: 'etcd', hosts, prefix: 'p' } }), [
      `discovery.hosts[4]: ${allowed}, got '%%%' (string)`,
      `discovery.hosts[5]: ${allowed}, got 'a b:1' (string)`,
      `discovery.hosts[6]: ${allowed}, got 'h:99999' (string)`,
      `discovery.hosts[7]: ${allowed}, got 'ftp://h:1' (string)`,
      `discovery.hosts[8]: ${allowed}, got 'http://h:1/path' (string)`,
    ]);
    assert.deepEqual(serviceFaults({ discovery: { type: 'etcd', hosts: [], prefix: 'p' } }), [
      'discovery.hosts: must be a list of non-empty strings, at least 1, got an empty list',
    ]);
  });

  it('are not shown with what may be a password in them', () => {
    const discoveries = [
      { type: 'etcd', hosts: ['http://u:hunter2@h:1', 'u:hunter2 %@h'], prefix: 'p' },
      { type: 'etcd', hosts: 'http://u:hunter2@h:1', prefix: 'p' },
      { type: 'consul', service: 's', address: 'http://u:hunter2@h:1' },
      { type: 'consul', service: 's', address: 'u:hunter2 %@h:1' },
      { type: 'consul', service: 's', address: 'http://h:1/?token=hunter2' },
      { type: 'consul', service: 's', token: 'hunter2 hunter2' },
    ];
    for (const discovery of discoveries) {
      const faults = serviceFaults({ discovery });
      assert.ok(faults.length > 0, JSON.stringify(discovery));
      assert.doesNotMatch(faults.join('\n'), /hunter2/);
    }
  });

  it('of names to look up are names', () => {
    for (const hostname of ['a b', 'http://h', 'h:53', '', 5]) {
      const faults = serviceFaults({ discovery: { type: 'dns', hostname, port: 1 } });
      assert.match(faults[0] ?? '', /^discovery\.hostname: must be a host name, got /);
    }
  });
});
