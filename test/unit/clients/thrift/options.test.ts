import assert from 'node:assert/strict';
import thrift from 'thrift';
import EchoService from '../../../../examples/thrift/gen-nodejs/EchoService.js';
import { thriftDialer, thriftPool } from '../../../../lib/clients/thrift/index.js';
import { InvalidOptionError } from '../../../../lib/pool/errors.js';

const address = { host: '127.0.0.1', port: 9090 };

describe('the options of a Thrift pool', () => {
  const refused: [what: string, options: object, option: string, message: RegExp][] = [
    ['a missing port', {}, 'port', /an integer from 1 to 65535 \(or give a path\), got undefined/],
    ['a port that is a string', { port: '9090' }, 'port', /got '9090' \(string\)/],
    ['a port out of range', { port: 70_000 }, 'port', /got 70000/],
    ['an empty host', { host: '', port: 1 }, 'host', /a non-empty string/],
    ['an empty path', { path: '' }, 'path', /a non-empty string/],
    ['a host beside a path', { path: '/x', host: 'localhost' }, 'host', /left out when path is given/],
    ['a port beside a path', { path: '/x', port: 1 }, 'port', /left out when path is given/],
    ['tls: false', { ...address, tls: false }, 'tls', /true, or an object/],
    [
      'an unknown transport',
      { ...address, transport: 'zip' },
      'transport',
      /'buffered' \(thrift\.TBuffered.*'framed'/,
    ],
    ['a transport name of Object', { ...address, transport: 'toString' }, 'transport', /'buffered'/],
    ['a foreign transport class', { ...address, transport: Map }, 'transport', /got a function/],
    ['an unknown protocol', { ...address, protocol: 'xml' }, 'protocol', /'binary' .* or 'json'/],
    ['a protocol as transport', { ...address, transport: thrift.TBinaryProtocol }, 'transport', /'framed'/],
    ['requestTimeoutMs: 0', { ...address, requestTimeoutMs: 0 }, 'requestTimeoutMs', /above 0, or Infinity/],
    ['requestTimeoutMs: NaN', { ...address, requestTimeoutMs: Number.NaN }, 'requestTimeoutMs', /got NaN/],
    ["requestTimeoutMs: '5'", { ...address, requestTimeoutMs: '5' }, 'requestTimeoutMs', /string/],
    ['maxFrameBytes: 0', { ...address, maxFrameBytes: 0 }, 'maxFrameBytes', /an integer from 1/],
    ['maxFrameBytes: 1.5', { ...address, maxFrameBytes: 1.5 }, 'maxFrameBytes', /an integer from 1/],
    ['an empty serviceName', { ...address, serviceName: '' }, 'serviceName', /a non-empty string/],
    ['a heartbeat that is no function', { ...address, heartbeat: 'Ping' }, 'heartbeat', /a function/],
    [
      'an option it does not know',
      { ...address, timeout: 5 },
      'timeout',
      /no such option\. Known: host, port/,
    ],
    ['a pool that is no object', { ...address, pool: 10 }, 'pool', /an object/],
    ['a dial of the user', { ...address, pool: { dial: () => {} } }, 'pool.dial', /has its own/],
    ['a meta of the user', { ...address, pool: { meta: 1 } }, 'pool.meta', /has its own/],
    ['a pool option that is unknown', { ...address, pool: { size: 1 } }, 'size', /no such option/],
  ];
  for (const [what, options, option, message] of refused) {
    it(`are refused with ${what}`, () => {
      assert.throws(
        () => thriftPool(EchoService, options as never),
        (error: unknown) => {
          assert.ok(error instanceof InvalidOptionError);
          assert.equal(error.option, option);
          assert.match(error.message, message);
          return true;
        },
      );
    });
  }

  for (const options of [undefined, null, 9090]) {
    it(`are refused when they are ${options}`, () => {
      assert.throws(() => thriftPool(EchoService, options as never), { code: 'ERR_INVALID_OPTION' });
      assert.throws(() => thriftDialer(EchoService, options as never), { code: 'ERR_INVALID_OPTION' });
    });
  }

  it('may be given as undefined one by one', () => {
    const nothing = { path: undefined, tls: undefined, transport: undefined, maxFrameBytes: undefined };
    const dialer = thriftDialer(EchoService, { ...address, ...nothing, heartbeat: undefined });
    assert.equal('heartbeat' in dialer, false);
  });

  it('are left as they were', () => {
    const options = Object.freeze({ ...address, pool: Object.freeze({ maxActive: 2 }) });
    assert.equal(thriftPool(EchoService, options).stats().maxActive, 2);
  });
});

describe('the service of a Thrift pool', () => {
  for (const service of [undefined, null, {}, { Client: 1 }, class {}, () => {}]) {
    it(`is refused when it is ${typeof service === 'function' ? 'not generated' : JSON.stringify(service)}`, () => {
      assert.throws(() => thriftDialer(service as never, address), {
        code: 'ERR_INVALID_OPTION',
        message: /option 'Service' must be a service the Thrift compiler generated/,
      });
    });
  }

  it('may be the generated module or the client class in it', () => {
    thriftDialer(EchoService, address);
    thriftDialer(EchoService.Client, address);
  });
});
