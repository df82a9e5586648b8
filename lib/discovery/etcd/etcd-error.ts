import { ConnPoolError } from '../../pool/errors.js';

/** etcd could not be asked, answered with an error, or holds a value that is no endpoint: `ERR_ETCD`. */
export class EtcdError extends ConnPoolError {
  constructor(message: string, options?: { cause?: unknown }) {
    super('ERR_ETCD', message, options);
  }
}
