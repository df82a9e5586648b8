import assert from 'node:assert/strict';
import { Metadata, type StatusObject, status } from '@grpc/grpc-js';
import { dialReason } from '../../../../lib/clients/grpc/dial-reason.js';
import { markAnswered, markUnsent } from '../../../../lib/clients/grpc/grpc-errors.js';
import {
  GrpcConnectionError,
  isGrpcCallUnsent,
  isGrpcConnectionError,
} from '../../../../lib/clients/grpc/index.js';
import { DialError, DialTimeoutError, HeartbeatError, PoolClosedError } from '../../../../lib/pool/errors.js';

/** An error as grpc-js makes it of a status. */
function serviceError(code: status, answered = false): Error {
  const outcome: StatusObject = { code, details: 'so it is', metadata: new Metadata() };
  if (answered) markAnswered(outcome);
  return Object.assign(new Error(outcome.details), outcome);
}

describe('isGrpcConnectionError', () => {
  for (const [name, code] of Object.entries(status).filter(([, code]) => typeof code === 'number')) {
    const verdict = code === status.UNAVAILABLE;
    it(`is ${verdict} for ${name}`, () => {
      assert.equal(isGrpcConnectionError(serviceError(code as status)), verdict);
    });
  }

  it('is false for UNAVAILABLE when the service itself has answered so', () => {
    assert.equal(isGrpcConnectionError(serviceError(status.UNAVAILABLE, true)), false);
  });

  it('is true for a connection that could not be made or proved dead', () => {
    const cause = new GrpcConnectionError('gone');
    assert.equal(cause.code, 'ERR_GRPC_CONNECTION');
    for (const error of [
      cause,
      new DialError('pool', 1, cause),
      new DialTimeoutError('pool', 5, 'dial'),
      new HeartbeatError('pool', 'failed'),
    ]) {
      assert.equal(isGrpcConnectionError(error), true, error.name);
    }
  });

  it('is false for everything else', () => {
    for (const other of [new Error('x'), new PoolClosedError('p'), { code: 14 }, 14, null, undefined]) {
      assert.equal(isGrpcConnectionError(other), false);
    }
    assert.equal(isGrpcConnectionError(Object.assign(new Error('not of gRPC'), { code: 14 })), false);
  });
});

describe('isGrpcCallUnsent', () => {
  it('is true for what never came to a server, and false for what may have', () => {
    const unsent: StatusObject = { code: status.UNAVAILABLE, details: 'gone', metadata: new Metadata() };
    markUnsent(unsent);
    for (const error of [
      Object.assign(new Error('gone'), unsent),
      new GrpcConnectionError('gone'),
      new DialError('pool', 1, 'gone'),
      new DialTimeoutError('pool', 5, 'dial'),
      new HeartbeatError('pool', 'failed'),
    ]) {
      assert.equal(isGrpcCallUnsent(error), true, error.name);
    }
    for (const other of [
      serviceError(status.UNAVAILABLE),
      new Error('x'),
      new PoolClosedError('p'),
      14,
      null,
    ]) {
      assert.equal(isGrpcCallUnsent(other), false);
    }
  });
});

describe('the reason why a gRPC dial failed', () => {
  const lastError = (text: string) => `No connection established. Last error: ${text}. Resolution note: `;
  for (const [details, secure, reason] of [
    [lastError('Error: connect ECONNREFUSED 127.0.0.1:1'), false, 'connect ECONNREFUSED 127.0.0.1:1'],
    [
      lastError('Failed to connect (2026-01-02T03:04:05.678Z)'),
      false,
      'the server hung up before it said anything; does it expect TLS?',
    ],
    [lastError('Failed to connect (2026-01-02T03:04:05.678Z)'), true, 'Failed to connect'],
    [
      lastError('Protocol error (2026-01-02T03:04:05.678Z)'),
      false,
      'the server speaks no HTTP/2, or expects TLS',
    ],
    [
      lastError('Error: Error [ERR_TLS_CERT_ALTNAME_INVALID]: Hostname/IP does not match'),
      true,
      'Error [ERR_TLS_CERT_ALTNAME_INVALID]: Hostname/IP does not match',
    ],
    [
      lastError('Error [ERR_TLS_CERT_ALTNAME_INVALID]: Hostname/IP does not match'),
      true,
      'Hostname/IP does not match',
    ],
    [
      lastError(
        'Error: 80C:error:0A00010B:SSL routines:ssl3_get_record:wrong version number:../deps/a.c:350:\n',
      ),
      true,
      'wrong version number; does the server speak TLS?',
    ],
    [
      lastError(
        'Error: 80C:error:0A00045C:SSL routines:ssl3_read_bytes:tlsv13 alert certificate required:../a.c:1:SSL alert number 116\n',
      ),
      true,
      'tlsv13 alert certificate required',
    ],
    ['Name resolution failed for target dns:x', false, 'Name resolution failed for target dns:x'],
  ] as const) {
    it(`is told plainly: ${reason}`, () => assert.equal(dialReason(details, secure), reason));
  }
});
