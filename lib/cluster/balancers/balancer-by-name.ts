import { InvalidOptionError } from '../../pool/errors.js';
import type { Balancer, BalancerName } from './balancer.js';
import { consistentHash } from './consistent-hash.js';
import { leastLoaded } from './least-loaded.js';
import { peakEwma } from './peak-ewma.js';
import { random } from './random.js';
import { roundRobin } from './round-robin.js';
import { smoothWeightedRoundRobin } from './smooth-weighted-round-robin.js';
import { weightedRandom } from './weighted-random.js';
import { weightedRoundRobin } from './weighted-round-robin.js';

const FACTORIES: { readonly [K in BalancerName]: () => Balancer } = {
  roundRobin,
  random,
  weightedRandom,
  weightedRoundRobin,
  smoothWeightedRoundRobin,
  leastLoaded,
  peakEwma,
  consistentHash,
};

/** The words that {@link balancerByName} knows. */
export const balancerNames: readonly BalancerName[] = Object.freeze(Object.keys(FACTORIES) as BalancerName[]);

/**
 * A fresh balancer with default options.
 * @throws InvalidOptionError when there is no balancer of that name
 */
export function balancerByName(name: BalancerName): Balancer {
  if (typeof name !== 'string' || !Object.hasOwn(FACTORIES, name)) {
    throw new InvalidOptionError('balancer', name, `one of ${balancerNames.join(', ')}`);
  }
  return FACTORIES[name]();
}
