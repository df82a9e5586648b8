import type { Cluster } from '../cluster/cluster.js';
import type { ClusterEvents } from '../cluster/cluster-events.js';
import { describeError } from '../pool/errors.js';
import type { Node } from '../pool/node.js';
import type { ServiceEvent } from './manager-view.js';

/** Events that are told to those who watch; the rest are steps of the same story. */
const TOLD = [
  'nodeAdded',
  'nodeReady',
  'nodeRemoved',
  'breakerOpen',
  'breakerClose',
  'nodeEjected',
  'nodeReadmitted',
  'healthCheckFailed',
  'nodeMarkedUp',
  'prewarmError',
  'closeError',
  'discoveryUpdate',
  'discoveryError',
] as const satisfies readonly (keyof ClusterEvents<unknown>)[];

type Told = (typeof TOLD)[number];

/** Tells of what happens in a service's cluster. */
export function tellEvents(
  service: string,
  cluster: Cluster<unknown>,
  tell: (event: ServiceEvent<Told>) => void,
): void {
  for (const event of TOLD) {
    const listener = (...args: unknown[]) =>
      tell({ service, event, ...describe(event, args), at: Date.now() });
    cluster.on(event, listener as never);
  }
}

function describe(event: Told, [first, second]: readonly unknown[]): Pick<ServiceEvent, 'node' | 'detail'> {
  if (event === 'discoveryError') return { detail: describeError(first) };
  if (event === 'discoveryUpdate') {
    const { endpoints, added, removed, changed } = first as ClusterEvents<unknown>['discoveryUpdate'][0];
    const noun = endpoints === 1 ? 'endpoint' : 'endpoints';
    const detail = `${endpoints} ${noun}: ${added.length} added, ${removed.length} removed, ${changed.length} changed`;
    return { detail };
  }
  const node = (first as Node).id;
  if (second === undefined) return { node };
  return { node, detail: event === 'nodeEjected' ? `for ${second} ms` : describeError(second) };
}
