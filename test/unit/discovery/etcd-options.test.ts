import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { resolveEtcdTarget } from '../../../lib/discovery/etcd/etcd-target.js';
import { type EtcdDiscoveryOptions, etcdDiscovery } from '../../../lib/discovery/etcd/index.js';
import { tlsFixture } from '../../support/tls.js';

describe('the options of etcdDiscovery', () => {
  const good: EtcdDiscoveryOptions = { hosts: '127.0.0.1:2379', prefix: '/services/' };

  it('refuses by name what is not allowed', () => {
    const auth = { username: 'u', password: 'p' };
    const bad: [object, string][] = [
      [{ prefix: '/' }, 'hosts'],
      [{ ...good, hosts: [] }, 'hosts'],
      [{ ...good, hosts: ['a:1', 7] }, 'hosts[1]'],
      [{ ...good, hosts: 'ftp://a:1' }, 'hosts[0]'],
      [{ ...good, hosts: 'http://a:1/v3' }, 'hosts[0]'],
      [{ ...good, hosts: 'http://a:port' }, 'hosts[0]'],
      [{ ...good, hosts: 'http://u:p@a:1' }, 'hosts[0]'],
      [{ ...good, hosts: ['http://a:1', 'https://b:1'] }, 'hosts[1]'],
      [{ ...good, prefix: '' }, 'prefix'],
      [{ ...good, auth: { username: 'u' } }, 'auth.password'],
      [{ ...good, auth: { ...auth, token: 't' } }, 'auth.token'],
      [{ ...good, auth: 'u:p' }, 'auth'],
      [{ ...good, hosts: 'http://a:1', tls: true }, 'tls'],
      [{ ...good, tls: false }, 'tls'],
      [{ ...good, tls: { ca: 5 } }, 'tls'],
      [{ ...good, tls: { cert: 'no PEM' } }, 'tls'],
      [{ ...good, host: 'a' }, 'host'],
    ];
    for (const [options, option] of bad) {
      assert.throws(
        () => etcdDiscovery(options as EtcdDiscoveryOptions),
        { code: 'ERR_INVALID_OPTION', option },
        inspect(options),
      );
    }
  });

  it('keeps passwords out of what it says', () => {
    const refused = (options: object) => {
      try {
        etcdDiscovery({ ...good, ...options });
      } catch (error) {
        return inspect(error);
      }
      throw new assert.AssertionError({ message: 'it was not refused' });
    };
    assert.doesNotMatch(refused({ hosts: 'http://u:secret@a:1' }), /secret/);
    assert.doesNotMatch(refused({ auth: { username: '', password: 'secret' } }), /secret/);
    assert.doesNotMatch(refused({ auth: { username: 'u', password: 'secret', more: 'secret' } }), /secret/);
  });

  it('takes hosts with and without port and scheme', async () => {
    const hosts = (list: string | string[], tls?: true) => resolveEtcdTarget(list, tls).hosts;
    assert.deepEqual(hosts(['a:1', 'http://b:80/', 'c', '[::1]', '[::1]:5']), [
      'a:1',
      'b:80',
      'c:2379',
      '[::1]:2379',
      '[::1]:5',
    ]);
    assert.deepEqual(hosts('https://a:443'), ['a:443']);
    assert.deepEqual(hosts('https://a'), ['a:2379']);
    assert.deepEqual(hosts('a', true), ['a:2379']);
    const { ca } = await tlsFixture();
    const isSecure = (list: string, tls?: true | object) =>
      resolveEtcdTarget(list, tls as true).credentials._isSecure();
    assert.deepEqual(
      [isSecure('a'), isSecure('https://a'), isSecure('a', true), isSecure('a', { ca })],
      [false, true, true, true],
    );
  });
});
