import { ConnPoolError } from '../../pool/errors.js';

/**
 * A connection could not be made, or is of no use any more. `code` is that of the socket's error where there is
 * one (`ECONNREFUSED`, `ECONNRESET`, `ERR_TLS_CERT_ALTNAME_INVALID`...), else `ERR_TCP_CONNECTION`; `cause` is
 * the socket's error.
 */
export class TcpConnectionError extends ConnPoolError {
  constructor(message: string, cause?: Error) {
    super(codeOf(cause) ?? 'ERR_TCP_CONNECTION', message, cause === undefined ? undefined : { cause });
  }
}

function codeOf(cause: NodeJS.ErrnoException | undefined): string | undefined {
  return typeof cause?.code === 'string' ? cause.code : undefined;
}
