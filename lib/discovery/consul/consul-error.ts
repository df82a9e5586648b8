import { ConnPoolError } from '../../pool/errors.js';

/** Consul could not be asked, or answered with an error: `ERR_CONSUL`. */
export class ConsulError extends ConnPoolError {
  /** The HTTP status of the answer; undefined when there was none. */
  readonly status: number | undefined;

  constructor(message: string, options: { status?: number; cause?: unknown } = {}) {
    super('ERR_CONSUL', message, options.cause === undefined ? undefined : { cause: options.cause });
    this.status = options.status;
  }
}
