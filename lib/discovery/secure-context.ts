import { type ConnectionOptions, createSecureContext, type SecureContext } from 'node:tls';
import { describeError, InvalidOptionError } from '../pool/errors.js';

/**
 * What the certificates and keys of TLS options make.
 * @throws InvalidOptionError when they are none, or do not fit together; without their values, which are secrets
 */
export function secureContextOf(tls: ConnectionOptions): SecureContext {
  try {
    return createSecureContext(tls);
  } catch (error) {
    throw new InvalidOptionError('tls', {}, `options that tls.connect takes (${describeError(error)})`);
  }
}
