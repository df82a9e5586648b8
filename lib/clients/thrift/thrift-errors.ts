import thrift from 'thrift';
import { ConnPoolError, DialError, DialTimeoutError, HeartbeatError } from '../../pool/errors.js';
import { InputBufferUnderrunError } from './input-buffer-underrun.js';

/**
 * The connection failed while a call was in flight, or had failed before it: `ERR_THRIFT_CONNECTION`. `cause` is
 * what the socket said, where it said anything. The call may or may not have reached the server.
 */
export class ThriftConnectionError extends ConnPoolError {
  constructor(message: string, options?: ErrorOptions, code = 'ERR_THRIFT_CONNECTION') {
    super(code, message, options);
  }
}

/** A call got no answer within `requestTimeoutMs`; its connection is destroyed: `ERR_THRIFT_TIMEOUT`. */
export class ThriftTimeoutError extends ThriftConnectionError {
  constructor(message: string) {
    super(message, undefined, 'ERR_THRIFT_TIMEOUT');
  }
}

/**
 * The server sent what is no answer to any call: not Thrift at all, a frame beyond `maxFrameBytes`, an unknown
 * sequence id, data nobody asked for. The connection is destroyed: `ERR_THRIFT_PROTOCOL`.
 */
export class ThriftProtocolError extends ThriftConnectionError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options, 'ERR_THRIFT_PROTOCOL');
  }
}

/** What sockets and TLS report when a connection cannot be made or is gone. */
const SOCKET_CODES: ReadonlySet<string> = new Set([
  'EAI_AGAIN',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'ENETDOWN',
  'ENETRESET',
  'ENETUNREACH',
  'ENOTCONN',
  'ENOTFOUND',
  'EPIPE',
  'EPROTO',
  'ETIMEDOUT',
  'ERR_SOCKET_CLOSED',
  'ERR_SOCKET_CONNECTION_TIMEOUT',
  'ERR_STREAM_DESTROYED',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ERR_STREAM_WRITE_AFTER_END',
]);

/**
 * Whether an error says that the connection to a Thrift server failed (refused, lost, timed out, garbled), as
 * opposed to the service having answered. Exceptions declared in the IDL and `TApplicationException`s are
 * answers: `false`. Made for `isFailure` of a cluster and for deciding what is worth a retry; whether a given
 * connection is still usable is known better by the dialer's `isBroken`.
 */
export function isThriftConnectionError(error: unknown): boolean {
  if (error instanceof ThriftConnectionError) return true;
  if (error instanceof DialError || error instanceof DialTimeoutError || error instanceof HeartbeatError)
    return true;
  if (error instanceof thrift.Thrift.TProtocolException || error instanceof InputBufferUnderrunError) {
    return true;
  }
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  if (typeof code !== 'string') return false;
  return SOCKET_CODES.has(code) || code.startsWith('ERR_TLS_') || code.startsWith('ERR_SSL_');
}
