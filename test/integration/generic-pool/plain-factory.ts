import type { Factory } from '../../../lib/clients/generic-pool/index.js';
import type { Thing } from './rig.js';

/** A factory that notes what it destroys. */
export function plain(further: Partial<Factory<Thing>> = {}) {
  let made = 0;
  const destroyed: number[] = [];
  const factory: Factory<Thing> = {
    create: async () => ({ id: ++made }),
    destroy: async ({ id }) => void destroyed.push(id),
    ...further,
  };
  return { factory, destroyed };
}
