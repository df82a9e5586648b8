import assert from 'node:assert/strict';
import thrift from 'thrift';
import { EchoError } from '../../../../examples/thrift/gen-nodejs/echo_types.js';
import {
  isThriftConnectionError,
  ThriftConnectionError,
  ThriftProtocolError,
  ThriftTimeoutError,
} from '../../../../lib/clients/thrift/index.js';
import { ConnPoolError, DialError, DialTimeoutError, PoolClosedError } from '../../../../lib/pool/errors.js';

const { Thrift, InputBufferUnderrunError } = thrift as typeof thrift & {
  InputBufferUnderrunError: new () => Error;
};
const withCode = (code: string) => Object.assign(new Error(code), { code });

describe('isThriftConnectionError', () => {
  const connectionErrors: [string, unknown][] = [
    ['a lost connection', new ThriftConnectionError('lost')],
    ['a call without an answer in time', new ThriftTimeoutError('late')],
    ['garbage from the server', new ThriftProtocolError('garbage')],
    ['a failed dial', new DialError('pool', 2, withCode('ECONNREFUSED'))],
    ['a dial that took too long', new DialTimeoutError('pool', 5, 'dial')],
    ['a protocol exception of the package', new Thrift.TProtocolException(4, 'bad version')],
    ['a message that is cut short', new InputBufferUnderrunError()],
    ...['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ERR_STREAM_DESTROYED', 'ERR_TLS_CERT_ALTNAME_INVALID'].map(
      (code): [string, unknown] => [`a socket's ${code}`, withCode(code)],
    ),
  ];
  for (const [what, error] of connectionErrors) {
    it(`is true for ${what}`, () => assert.equal(isThriftConnectionError(error), true));
  }

  const otherErrors: [string, unknown][] = [
    ['an exception the service declares', new EchoError({ reason: 'no', message: 'no' })],
    ['a TApplicationException', new Thrift.TApplicationException(1, 'unknown method')],
    ['an error of the caller', new TypeError('x is not a function')],
    ['an error with a code of its own', withCode('ENOENT')],
    ['a closed pool', new PoolClosedError('pool')],
    ['undefined', undefined],
    ['null', null],
    ['a string', 'ECONNRESET'],
  ];
  for (const [what, error] of otherErrors) {
    it(`is false for ${what}`, () => assert.equal(isThriftConnectionError(error), false));
  }
});

describe('the errors of a Thrift connection', () => {
  for (const [error, name, code] of [
    [new ThriftConnectionError('m'), 'ThriftConnectionError', 'ERR_THRIFT_CONNECTION'],
    [new ThriftTimeoutError('m'), 'ThriftTimeoutError', 'ERR_THRIFT_TIMEOUT'],
    [new ThriftProtocolError('m'), 'ThriftProtocolError', 'ERR_THRIFT_PROTOCOL'],
  ] as const) {
    it(`have a name, a code and a family: ${name}`, () => {
      assert.equal(error.name, name);
      assert.equal(error.code, code);
      assert.ok(error instanceof ThriftConnectionError && error instanceof ConnPoolError);
    });
  }
});
