import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { resolveConsulTarget } from '../../../../lib/discovery/consul/consul-target.js';
import { consulDiscovery, registerService } from '../../../../lib/discovery/consul/index.js';

const GOOD = { address: '127.0.0.1:8500', service: 'web' };
const SERVER = { ...GOOD, host: '10.0.0.1', port: 80 };

/** The option that an error names. */
const naming = (option: string) => ({ code: 'ERR_INVALID_OPTION', option });

describe('the options of consulDiscovery', () => {
  for (const [option, ...values] of [
    [
      'address',
      undefined,
      '',
      'host',
      'host:',
      ':8500',
      'host:99999',
      'host:1/path',
      7,
      'ftp://host:1',
      'unix:///x',
      'http://u:p@h:1',
      'http://h:1?x=y',
      {},
    ],
    ['service', undefined, '', 5],
    ['tags', 'a', [''], [1]],
    ['datacenter', '', 1],
    ['token', '', 1, 'two words', 'line\n', 'ümlaut'],
    ['allowStale', 'yes', 1, null],
    ['tls', false, 'yes', null, [], { ca: 1 }, { cert: 'no PEM' }, { minVersion: 'TLSv9' }],
    ['weightMetaKey', '', 1],
    ['defaultWeight', 0, -1, 1.5, '200', Infinity],
    ['waitMs', 0, 600_001, 1.5, '5m', Infinity],
    ['servise', 'web'],
  ] as const) {
    it(`refuse ${option} of ${values.map((value) => JSON.stringify(value) ?? String(value)).join(', ')}`, () => {
      for (const value of values) {
        assert.throws(
          () => consulDiscovery({ ...GOOD, [option]: value } as never),
          naming(option),
          String(value),
        );
      }
    });
  }

  it('refuse a default weight that nothing would use', () => {
    assert.throws(() => consulDiscovery({ ...GOOD, defaultWeight: 5 }), naming('defaultWeight'));
    consulDiscovery({ ...GOOD, defaultWeight: 5, weightMetaKey: 'weight' });
  });

  it('refuse TLS where the address says that there is none', () => {
    assert.throws(() => consulDiscovery({ ...GOOD, address: 'http://h:1', tls: true }), naming('tls'));
  });

  it('do not show a token in the error about it', () => {
    assert.throws(
      () => consulDiscovery({ ...GOOD, token: 'secret \n' }),
      (error: Error) => !`${error.stack}${JSON.stringify(error)}`.includes('secret'),
    );
    assert.throws(
      () => consulDiscovery({ ...GOOD, address: 'http://user:secret@h:1' }),
      (error: Error) => !`${error.stack}${JSON.stringify(error)}`.includes('secret'),
    );
  });

  it('may be an address or a URL, with or without TLS and a path', () => {
    const ca = 'pem';
    for (const [options, host, port, basePath, tls] of [
      [{ address: 'h:8500' }, 'h', 8500, '', undefined],
      [{ address: '[::1]:8500' }, '::1', 8500, '', undefined],
      [{ address: 'h:8501', tls: true as const }, 'h', 8501, '', {}],
      [{ address: 'h:8501', tls: { ca } }, 'h', 8501, '', { ca }],
      [{ address: 'http://h' }, 'h', 80, '', undefined],
      [{ address: 'https://h' }, 'h', 443, '', {}],
      [{ address: 'https://h:8501/', tls: { ca } }, 'h', 8501, '', { ca }],
      [{ address: new URL('http://h:1/consul/') }, 'h', 1, '/consul', undefined],
    ] as const) {
      const target = resolveConsulTarget(options);
      assert.deepEqual(
        [target.host, target.port, target.basePath, target.tls],
        [host, port, basePath, tls],
        String(options.address),
      );
    }
  });
});

describe('the options of registerService', () => {
  for (const [option, ...values] of [
    ['address', undefined, 'host'],
    ['service', undefined, ''],
    ['id', '', 5],
    ['host', undefined, ''],
    ['port', undefined, 0, 65_536, '80'],
    ['tags', 'a', ['']],
    ['meta', 'a', { a: 1 }, null],
    ['weight', 0, 65_536, 1.5],
    ['ttlMs', 99, 1_000.5, '5s', Infinity],
    ['check', 'tcp', null],
    ['deregisterAfterMs', 59_999, '1m'],
    ['onError', 'log'],
    ['interval', 5],
  ] as const) {
    it(`refuse ${option} of ${values.map((value) => JSON.stringify(value) ?? String(value)).join(', ')}`, async () => {
      for (const value of values) {
        await assert.rejects(
          registerService({ ...SERVER, [option]: value } as never),
          naming(option),
          String(value),
        );
      }
    });
  }

  it('refuse a check beside a time to live, and bad times in a check', async () => {
    await assert.rejects(registerService({ ...SERVER, ttlMs: 1_000, check: {} }), naming('check'));
    await assert.rejects(registerService({ ...SERVER, check: { intervalMs: 999 } }), naming('intervalMs'));
    await assert.rejects(registerService({ ...SERVER, check: { timeoutMs: 0 } }), naming('timeoutMs'));
    await assert.rejects(registerService({ ...SERVER, check: { tcp: 'x' } } as never), naming('tcp'));
  });
});
