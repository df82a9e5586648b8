import { ConnPoolError } from '../pool/errors.js';

/** No client goes by that name: `ERR_CLIENT_NOT_FOUND`. */
export class ClientNotFoundError extends ConnPoolError {
  /** The name that was asked for. */
  readonly clientName: string;

  constructor(clientName: string) {
    super('ERR_CLIENT_NOT_FOUND', `client '${clientName}' not found`);
    this.clientName = clientName;
  }
}

/** The name is taken, if only by a client that is being created: `ERR_CLIENT_EXISTS`. */
export class ClientExistsError extends ConnPoolError {
  /** The name that is taken. */
  readonly clientName: string;

  constructor(clientName: string) {
    super('ERR_CLIENT_EXISTS', `client '${clientName}' already exists`);
    this.clientName = clientName;
  }
}
