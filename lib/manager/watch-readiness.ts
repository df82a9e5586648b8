import type { Cluster } from '../cluster/cluster.js';
import type { ClusterEvents } from '../cluster/cluster-events.js';
import { Timer } from '../pool/clock.js';

/** What may make a service usable, or unusable. */
const WATCHED = [
  'nodeReady',
  'nodeRemoved',
  'breakerOpen',
  'breakerHalfOpen',
  'breakerClose',
  'nodeEjected',
  'nodeReadmitted',
  'healthCheckFailed',
  'nodeMarkedUp',
] as const satisfies readonly (keyof ClusterEvents<unknown>)[];

/** Events that follow on each other are looked at once, ms: thousands of nodes may come at a time. */
const SETTLE_MS = 100;

/** Tells when a cluster gets ready, and when it is ready no more. */
export function watchReadiness(cluster: Cluster<unknown>, changed: (isReady: boolean) => void): void {
  let wasReady = false;
  let isDue = false;
  const look = () => {
    isDue = false;
    const { state, nodes } = cluster.stats();
    const isReady = nodes.some(({ available }) => available);
    // One that ends is not down.
    if (state !== 'open' || isReady === wasReady) return;
    wasReady = isReady;
    changed(isReady);
  };
  const lookSoon = () => {
    if (isDue) return;
    isDue = true;
    new Timer(look, SETTLE_MS, false);
  };
  for (const event of WATCHED) cluster.on(event, lookSoon);
}
