import assert from 'node:assert/strict';
import { tcpDialer, tcpPool } from '../../../../lib/clients/tcp/index.js';
import { applySocketOptions, resolveSocketOptions } from '../../../../lib/clients/tcp/socket-options.js';
import { resolveTarget } from '../../../../lib/clients/tcp/socket-target.js';
import { InvalidOptionError } from '../../../../lib/pool/errors.js';

const port = 7;

describe('the options of a TCP pool', () => {
  const refused: [unknown, string, RegExp][] = [
    [undefined, 'options', /an object with port or path/],
    [null, 'options', /an object/],
    [{}, 'port', /1 to 65535/],
    [{ port: '7' }, 'port', /'7' \(string\)/],
    [{ port: 0 }, 'port', /got 0/],
    [{ port: 65_536 }, 'port', /got 65536/],
    [{ port, host: '' }, 'host', /non-empty string/],
    [{ port, path: '/socket' }, 'port', /left out when path is given/],
    [{ host: 'a', path: '/socket' }, 'host', /left out when path is given/],
    [{ path: '' }, 'path', /non-empty string/],
    [{ port, tls: 1 }, 'tls', /got 1 \(number\)/],
    [{ port, tls: null }, 'tls', /got null/],
    [{ port, tls: [] }, 'tls', /an array/],
    [{ port, tls: { host: 'other' } }, 'tls.host', /left out/],
    [{ port, tls: { port: 8 } }, 'tls.port', /left out/],
    [{ port, tls: { path: '/socket' } }, 'tls.path', /left out/],
    [{ port, tls: { socket: {} } }, 'tls.socket', /left out/],
    [{ port, noDelay: 1 }, 'noDelay', /true or false/],
    [{ port, keepAliveMs: 999 }, 'keepAliveMs', /from 1000/],
    [{ port, keepAliveMs: '1000' }, 'keepAliveMs', /string/],
    [{ port, keepAliveMs: Number.NaN }, 'keepAliveMs', /NaN/],
    [{ port, keepAliveMs: Infinity }, 'keepAliveMs', /Infinity/],
    [{ port, heartbeat: true }, 'heartbeat', /a function/],
    [{ port, pool: null }, 'pool', /an object/],
    [{ port, pool: 4 }, 'pool', /an object/],
    [{ port, pool: { dial: () => {} } }, 'pool.dial', /tcpPool has its own/],
    [{ port, pool: { heartbeat: () => {} } }, 'pool.heartbeat', /tcpPool has its own/],
    [{ port, pool: { close: () => {} } }, 'pool.close', /tcpPool has its own/],
    [{ port, pool: { meta: 1 } }, 'pool.meta', /tcpPool has its own/],
    [{ port, pool: { maxActive: 0 } }, 'maxActive', /an integer from 1/],
    [{ port, pool: { closeTimeoutMs: 'soon' } }, 'closeTimeoutMs', /string/],
    [{ port, pool: { max: 1 } }, 'max', /no such option/],
    [{ port, timeout: 1 }, 'timeout', /no such option.*keepAliveMs/],
  ];
  for (const [options, option, message] of refused) {
    it(`are refused by name: ${option} of ${JSON.stringify(options)}`, () => {
      assert.throws(
        () => tcpPool(options as never),
        (error) =>
          error instanceof InvalidOptionError && error.option === option && message.test(error.message),
      );
    });
  }

  it('may be left undefined one by one', async () => {
    const nothing = { host: undefined, path: undefined, tls: undefined, noDelay: undefined };
    const pool = tcpPool({ port, ...nothing, keepAliveMs: undefined, heartbeat: undefined, pool: undefined });
    assert.equal(pool.stats().maxActive, 10);
    await pool.close();
  });

  it('give the pool its name and limits, and take TLS as true, false or an object', async () => {
    for (const tls of [true, false, { ca: 'none' }]) {
      const pool = tcpPool({ port, tls, pool: { name: 'mine', maxActive: 3, isBroken: () => false } });
      assert.equal(pool.name, 'mine');
      assert.equal(pool.stats().maxActive, 3);
      assert.equal(pool.isBroken(new Error('any'), undefined as never), false);
      await pool.close();
    }
  });
});

describe('the options of a TCP dialer', () => {
  it('are its address, its heartbeat and what sockets are tuned to; TLS comes by itself', () => {
    const heartbeat = () => true;
    assert.equal(tcpDialer({ port, heartbeat, noDelay: false, keepAliveMs: 0 }, false).heartbeat, heartbeat);
    assert.equal('heartbeat' in tcpDialer({ path: '/socket' }, { ca: 'none' }), false);
    for (const name of ['tls', 'pool']) {
      assert.throws(() => tcpDialer({ port, [name]: true } as never), new RegExp(`option '${name}'`));
    }
    assert.throws(() => tcpDialer({ port }, 'yes' as never), /option 'tls'/);
  });

  it('make small writes go out at once and let the system probe the peer, unless told otherwise', () => {
    const tuned = (options: object) => {
      const calls: unknown[] = [];
      const socket = {
        setNoDelay: (on: boolean) => calls.push(['noDelay', on]),
        setKeepAlive: (on: boolean, ms: number) => calls.push(['keepAlive', on, ms]),
      };
      applySocketOptions(socket as never, resolveSocketOptions(options));
      return calls;
    };
    assert.deepEqual(tuned({}), [
      ['noDelay', true],
      ['keepAlive', true, 60_000],
    ]);
    assert.deepEqual(tuned({ noDelay: false, keepAliveMs: 0 }), [['noDelay', false]]);
  });

  it('name the address in messages as one writes it', () => {
    assert.equal(resolveTarget({ port }).label, 'localhost:7');
    assert.equal(resolveTarget({ host: '::1', port }).label, '[::1]:7');
    assert.equal(resolveTarget({ path: '/socket' }).label, '/socket');
  });
});
