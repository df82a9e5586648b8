import { ConnPoolError } from '../../pool/errors.js';

/**
 * A client could not connect: `ERR_MILVUS_CONNECTION`. The message names the client, the address and the reason; `cause`
 * is what the SDK failed with. No password or token is in either.
 */
export class MilvusConnectionError extends ConnPoolError {
  constructor(message: string, options?: ErrorOptions) {
    super('ERR_MILVUS_CONNECTION', message, options);
  }
}
