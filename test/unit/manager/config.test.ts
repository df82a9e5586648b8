import assert from 'node:assert/strict';
import { parseConfig, resolveConfig } from '../../../lib/manager/config/load-config.js';
import { faultsOf as refused } from './config-faults.js';

const discovery = { type: 'static', endpoints: ['127.0.0.1:7000'] };

describe('a config', () => {
  it('has defaults for everything but the services', () => {
    const { services, admin, stopTimeout } = resolveConfig({ services: { users: { discovery } } });
    const { pool, protocol, balancer, breaker, health, outlier, tls } = services.users!;
    assert.deepEqual(
      [pool.initialSize, pool.maxActive, pool.idleTimeout, pool.maxConnectionAge],
      [5, 50, 1_800_000, 3_600_000],
    );
    assert.deepEqual([pool.connectTimeout, pool.keepalive], [5_000, 30_000]);
    assert.deepEqual([protocol, balancer, outlier, tls], ['grpc', 'weightedRoundRobin', false, false]);
    assert.deepEqual(breaker, { maxFails: 3, cooldown: 5_000 });
    assert.ok(health !== false && health.interval === 30_000);
    assert.deepEqual([admin, stopTimeout], [false, 30_000]);
  });

  it('has the admin server on loopback when it only says that there is one', () => {
    const { admin } = resolveConfig({ services: {}, admin: {} });
    assert.ok(admin !== false);
    assert.deepEqual([admin.host, admin.port, admin.metricsPath], ['127.0.0.1', 9090, '/metrics']);
  });

  it('may give times in ms or with a unit', () => {
    const times = { '250ms': 250, '1.5s': 1_500, '5m': 300_000, '1h': 3_600_000, '1d': 86_400_000 };
    for (const [text, ms] of Object.entries({ ...times, 42: 42 })) {
      const value = text === '42' ? 42 : text;
      const config = resolveConfig({ services: { a: { discovery, pool: { idleTimeout: value } } } });
      assert.equal(config.services.a?.pool.idleTimeout, ms);
    }
  });

  it('may be YAML or JSON', async () => {
    const yaml = await parseConfig('services:\n  a:\n    discovery: { type: file, path: e.json }\n');
    const json = await parseConfig('{"services":{"a":{"discovery":{"type":"file","path":"e.json"}}}}', {
      file: 'c.json',
    });
    assert.deepEqual(yaml, json);
  });

  it('that cannot be parsed says in which file', async () => {
    await assert.rejects(parseConfig('services: [', { file: 'my.yaml' }), {
      code: 'ERR_CONFIG',
      message: /my\.yaml/,
    });
    await assert.rejects(parseConfig('{', { file: 'my.json' }), { code: 'ERR_CONFIG', message: /my\.json/ });
    await assert.rejects(parseConfig('', { file: 'my.toml' }), {
      message: /must end in \.yaml, \.yml or \.json/,
    });
  });

  it('names everything that is wrong with it at once', () => {
    const issues = refused({
      services: {
        a: { discovery: { type: 'consul' }, pool: { maxActive: 0, idleTimeout: '5x' }, breaker: 3 },
        b: {},
      },
      stopTimeout: -1,
    });
    assert.deepEqual(
      issues.map((issue) => issue.split(':')[0]),
      [
        'services.a.discovery.service',
        'services.a.pool.maxActive',
        'services.a.pool.idleTimeout',
        'services.a.breaker',
        'services.b.discovery',
        'stopTimeout',
      ],
    );
    assert.match(issues[1]!, /must be an integer from 1, got 0 \(number\)/);
    assert.match(issues[2]!, /'30s'.*got '5x' \(string\)/);
    assert.match(issues[3]!, /must be false, or an object \(\{\} = with its defaults\), got 3/);
  });

  it('suggests the setting that was probably meant', () => {
    const issues = refused({
      servces: {},
      services: {
        a: { discovery: { ...discovery, endpoint: [] }, pool: { maxActiv: 3 }, breaker: { maxFail: 1 } },
      },
      admin: { prot: 1 },
    });
    assert.deepEqual(issues, [
      "services.a.discovery.endpoint: there is no such setting (did you mean 'endpoints'?)",
      "services.a.pool.maxActiv: there is no such setting (did you mean 'maxActive'?)",
      "services.a.breaker.maxFail: there is no such setting (did you mean 'maxFails'?)",
      "admin.prot: there is no such setting (did you mean 'port'?)",
      "servces: there is no such setting (did you mean 'services'?)",
    ]);
  });

  it('names the kinds of discovery when it has another one', () => {
    assert.deepEqual(refused({ services: { a: { discovery: { type: 'zookeeper' } } } }), [
      "services.a.discovery.type: must be one of 'static', 'file', 'dns', 'consul', 'etcd', got 'zookeeper' (string)",
    ]);
  });

  it('refuses settings that contradict each other', () => {
    const service = (more: object) => ({ services: { a: { discovery, ...more } } });
    const contradictions: [object, RegExp][] = [
      [
        service({ pool: { initialSize: 9, maxActive: 3 } }),
        /pool\.initialSize: must be at most maxActive \(3\), got 9/,
      ],
      [service({ pool: { maxIdle: 2 } }), /pool\.initialSize: must be at most maxIdle \(2\), got 5/],
      [
        service({ discovery: { type: 'dns', hostname: 'a.example' } }),
        /discovery\.port: must be given: A records/,
      ],
      [service({ tls: { cert: 'c.pem' } }), /tls\.key: must be given, because cert is/],
      [service({ protocol: 'tcp', transport: 'framed' }), /transport: must be left out: it is for thrift/],
      [
        service({
          discovery: { type: 'etcd', hosts: ['http://127.0.0.1:2379'], prefix: 'p', username: 'u' },
        }),
        /discovery\.password: must be given, because username is/,
      ],
    ];
    for (const [config, expected] of contradictions) {
      const issues = refused(config);
      assert.equal(issues.length, 1, issues.join('\n'));
      assert.match(issues[0]!, expected);
    }
  });

  it('asks for a token before other machines can read', () => {
    assert.match(refused({ services: {}, admin: { host: '0.0.0.0' } })[0]!, /admin\.token: must be given/);
    for (const admin of [
      { host: '0.0.0.0', token: 't' },
      { host: '0.0.0.0', allowInsecure: true },
      { host: '::1' },
    ]) {
      resolveConfig({ services: {}, admin });
    }
    assert.match(
      refused({ services: {}, admin: { metricsPath: 'm' } })[0]!,
      /must be a path such as '\/metrics', got 'm'/,
    );
  });
});

describe('variables in a config', () => {
  const withToken = (token: string) => ({ services: {}, admin: { token } });
  const tokenOf = (token: string, env: Record<string, string>) => {
    const { admin } = resolveConfig(withToken(token), { env });
    return admin === false ? undefined : admin.token;
  };

  it('come from the environment', () => {
    assert.equal(tokenOf('a-${T}-${U}', { T: '1', U: '2' }), 'a-1-2');
  });

  it('may have a default', () => {
    assert.equal(tokenOf('${T:-none}', {}), 'none');
    assert.equal(tokenOf('${T:-none}', { T: 'set' }), 'set');
  });

  it('can be written literally', () => {
    assert.equal(tokenOf('$${T}', { T: '1' }), '${T}');
  });

  it('that are not set are errors', () => {
    assert.deepEqual(refused(withToken('${T}')), [
      "admin.token: the environment variable 'T' is not set; '${T:-...}' has a default",
    ]);
  });

  it('that are not set cause no second error where they stand in a list', () => {
    assert.deepEqual(refused({ services: {}, admin: { allowedHosts: ['a', '${T}'] } }), [
      "admin.allowedHosts[1]: the environment variable 'T' is not set; '${T:-...}' has a default",
    ]);
  });

  it('are never shown in messages', () => {
    const issues = refused({ services: { a: { discovery, balancer: '${SECRET}' } } }, { SECRET: 'hunter2' });
    assert.match(issues[0]!, /balancer: must be one of .*got '\$\{SECRET\}'/);
    assert.doesNotMatch(issues.join('\n'), /hunter2/);
  });
});
