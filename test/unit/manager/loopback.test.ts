import assert from 'node:assert/strict';
import { faultsOf } from './config-faults.js';

const faults = (host: string) => faultsOf({ services: {}, admin: { host } });

describe('an admin server without a token', () => {
  it('may listen where only this machine is, however the address is spelled', () => {
    const own = [
      '127.0.0.1',
      '127.9.9.9',
      'localhost',
      'LocalHost',
      '::1',
      '0:0:0:0:0:0:0:1',
      '0000::0001',
      '::0.0.0.1',
    ];
    for (const host of [...own, '::ffff:127.0.0.1', '::FFFF:7f00:1', '0:0:0:0:0:ffff:127.1.2.3', '::1%lo']) {
      assert.deepEqual(faults(host), [], host);
    }
  });

  it('may not where other machines are', () => {
    const others = [
      '0.0.0.0',
      '::',
      '0:0:0:0:0:0:0:0',
      '10.0.0.1',
      '128.0.0.1',
      '::2',
      'fe80::1%eth0',
      '::ffff:10.0.0.1',
    ];
    for (const host of [...others, '::ffff:0.0.0.0', 'localhost.example', '127.example', '1.0.0.127']) {
      assert.deepEqual(faults(host), [
        `admin.token: must be given: other machines may reach '${host}' (or set admin.allowInsecure: true)`,
      ]);
    }
  });

  it('has its address without the brackets of URLs', () => {
    assert.deepEqual(faults('[::1]'), ["admin.host: must be without brackets, got '[::1]'"]);
  });
});
