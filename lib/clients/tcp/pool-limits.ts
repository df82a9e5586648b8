import { InvalidOptionError } from '../../pool/errors.js';

/**
 * Refuses pool options that are no object, or that hold a callback which the ready-made pool brings itself.
 * @param maker the function whose pool it is, for the message
 * @throws InvalidOptionError
 */
export function checkPoolLimits(pool: unknown, maker: string): void {
  if (typeof pool !== 'object' || pool === null) {
    throw new InvalidOptionError('pool', pool, "an object of the pool's options");
  }
  for (const name of ['dial', 'heartbeat', 'close', 'meta']) {
    const value = (pool as Record<string, unknown>)[name];
    if (value !== undefined) {
      throw new InvalidOptionError(`pool.${name}`, value, `left out: ${maker} has its own`);
    }
  }
}
