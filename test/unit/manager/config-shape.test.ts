import assert from 'node:assert/strict';
import { parseConfig } from '../../../lib/manager/config/load-config.js';
import { PoolManager } from '../../../lib/manager/pool-manager.js';
import { faultsOf } from './config-faults.js';

const discovery = { type: 'static' as const, endpoints: ['127.0.0.1:7000'] };

async function faultsIn(text: string, file?: string): Promise<string> {
  const refused = await parseConfig(text, { file }).then(
    () => assert.fail('the config was taken'),
    (error: unknown) => error as Error & { code: string },
  );
  assert.equal(refused.code, 'ERR_CONFIG', refused.stack);
  return refused.message;
}

describe('a config file', () => {
  it('may begin with a mark of the byte order, as some editors write it', async () => {
    for (const [text, file] of [
      ['\uFEFF{"services": {}}', 'c.json'],
      ['\uFEFFservices: {}', 'c.yaml'],
    ] as const) {
      assert.deepEqual((await parseConfig(text, { file })).services, {});
    }
  });
});

describe('a config that contains itself', () => {
  it('is refused, saying where, as YAML', async () => {
    assert.match(
      await faultsIn('services: &a {x: *a}'),
      /\n {2}services\.x: must not contain itself: this is services again$/,
    );
  });

  it('is refused, saying where, in a list', () => {
    const service: Record<string, unknown> = {};
    service.discovery = { type: 'static', endpoints: ['h:1', service] };
    assert.deepEqual(faultsOf({ services: { a: service } }), [
      'services.a.discovery.endpoints[1]: must not contain itself: this is services.a again',
    ]);
  });

  it('is refused when a manager gets it as an object', async () => {
    const config: Record<string, unknown> = { services: {} };
    config.admin = config;
    await assert.rejects(new PoolManager(config as never).start(), {
      code: 'ERR_CONFIG',
      message: /\n {2}admin: must not contain itself: this is the whole config again$/,
    });
  });

  it('through a merge key is refused too', async () => {
    assert.match(
      await faultsIn('services:\n  a: &a { <<: *a }'),
      /its aliases \(\*name\) stand for too many values, or for themselves$/,
    );
  });
});

describe('what a config shares among services', () => {
  it('may be an alias, a merge key or one object', async () => {
    const yaml = [
      'services:',
      '  a: &a { protocol: tcp, discovery: &d { type: static, endpoints: ["h:1"] } }',
      '  b: { discovery: *d }',
      '  c: { <<: *a, balancer: random }',
    ];
    const { services } = await parseConfig(yaml.join('\n'));
    assert.deepEqual(services.b!.discovery, services.a!.discovery);
    assert.deepEqual([services.c!.protocol, services.c!.balancer], ['tcp', 'random']);
    const shared = { discovery };
    assert.deepEqual(faultsOf({ services: { a: shared, b: shared } }), []);
  });
});

describe('a config that is nested too deeply', () => {
  const nested = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;

  it('is refused, saying where, as YAML and as JSON', async () => {
    for (const file of ['c.yaml', 'c.json']) {
      assert.match(
        await faultsIn(`{"services": ${nested(300)}}`, file),
        /\n {2}services(?:\[0\])+: must be nested less deeply: a config has at most 20 levels\n/,
      );
    }
  });

  it('is refused even when no call stack holds it', async () => {
    assert.match(await faultsIn(`services: ${nested(50_000)}`), /: it is nested too deeply$/);
    assert.match(await faultsIn(`{"services": ${nested(50_000)}}`, 'c.json'), /must be nested less deeply/);
  });
});

describe('what is no value of a config', () => {
  it('is refused, saying where', async () => {
    assert.match(await faultsIn('services: !!set {a, b}'), /\n {2}services: must not be a Set$/);
    assert.deepEqual(faultsOf({ services: new Map() }), ['services: must not be a Map']);
    assert.deepEqual(faultsOf({ services: { a: { discovery, slowStart: new Date() } } }), [
      'services.a.slowStart: must not be a Date',
    ]);
  });

  it('is refused when there is more than one document', async () => {
    assert.match(
      await faultsIn('services: {}\n---\nservices: {}'),
      /line 2, column 1: a second document begins here \('---'\); a config is one$/,
    );
  });
});
