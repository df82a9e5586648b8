import { ConnPoolError } from '../pool/errors.js';
import { nearestName } from '../pool/nearest-name.js';

/** A service's part of the config is sound, but the service cannot be set up: `ERR_SERVICE_SETUP`. */
export class ServiceSetupError extends ConnPoolError {
  constructor(message: string, cause?: unknown) {
    super('ERR_SERVICE_SETUP', message, cause === undefined ? {} : { cause });
  }
}

/** There is no service of this name: `ERR_UNKNOWN_SERVICE`. */
export class UnknownServiceError extends ConnPoolError {
  constructor(name: string, known: readonly string[]) {
    const nearest = nearestName(name, known);
    const hint =
      nearest === undefined ? `known: ${known.join(', ') || 'none'}` : `did you mean '${nearest}'?`;
    super('ERR_UNKNOWN_SERVICE', `there is no service '${name}' (${hint})`);
  }
}
