import { ConnPoolError } from '../../pool/errors.js';

/**
 * The connection was lost, or ended by its peer, with the request in flight or before it: `ERR_MUX_CONNECTION`.
 * `cause` is what the socket said, where it said anything. The request may or may not have reached the server.
 */
export class MuxConnectionError extends ConnPoolError {
  constructor(message: string, options?: ErrorOptions, code = 'ERR_MUX_CONNECTION') {
    super(code, message, options);
  }
}

/** The connection was closed by this side: `ERR_MUX_CLOSED`. */
export class MuxClosedError extends MuxConnectionError {
  constructor(message: string) {
    super(message, undefined, 'ERR_MUX_CLOSED');
  }
}

/** The server sent what is no frame, or one beyond `maxFrameBytes`; the connection is given up: `ERR_MUX_PROTOCOL`. */
export class MuxProtocolError extends MuxConnectionError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options, 'ERR_MUX_PROTOCOL');
  }
}

/**
 * A request got no answer in time: `ERR_MUX_TIMEOUT`. The connection stays in use, and an answer that comes later is
 * dropped, unless nothing at all was heard from the server for `requestTimeoutMs`.
 */
export class MuxTimeoutError extends ConnPoolError {
  constructor(message: string) {
    super('ERR_MUX_TIMEOUT', message);
  }
}

/**
 * The request id cannot be used now. `ERR_MUX_ID_IN_USE`: it is in flight, or was given up and its answer may still
 * come. `ERR_MUX_NO_FREE_ID`: all ids that the codec has are in that state.
 */
export class MuxIdError extends ConnPoolError {
  constructor(code: 'ERR_MUX_ID_IN_USE' | 'ERR_MUX_NO_FREE_ID', message: string) {
    super(code, message);
  }
}
