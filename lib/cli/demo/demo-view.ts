import type { Cluster } from '../../cluster/cluster.js';
import type { ClusterEvents } from '../../cluster/cluster-events.js';
import type { CallObserver, ManagerView, ServiceEvent, ServiceView } from '../../manager/manager-view.js';
import { tellCalls } from '../../manager/tell-calls.js';
import { describeError } from '../../pool/errors.js';
import type { Node } from '../../pool/node.js';
import type { Client } from './echo-service.js';

/** Events of the cluster that the dashboard tells of. */
const TOLD = [
  'nodeReady',
  'breakerOpen',
  'breakerHalfOpen',
  'breakerClose',
] as const satisfies readonly (keyof ClusterEvents<unknown>)[];

/** Shows one cluster to the admin server as a manager shows its services. */
export class DemoView implements ManagerView {
  readonly #cluster: Cluster<unknown>;
  readonly #config: unknown;
  readonly #callObservers = new Set<CallObserver>();
  readonly #eventObservers = new Set<(event: ServiceEvent) => void>();

  constructor(cluster: Cluster<Client>, config: unknown) {
    this.#cluster = cluster as unknown as Cluster<unknown>;
    this.#config = config;
    const observers = { callObservers: this.#callObservers, runObservers: new Set<never>() };
    this.#cluster.use(tellCalls(this.#cluster.name, 'thrift', observers).calls);
    for (const event of TOLD) {
      this.#cluster.on(event, ((node: Node, error?: unknown) =>
        this.tell(event, node.id, error === undefined ? undefined : describeError(error))) as never);
    }
  }

  /** Tells whoever watches that something happened. */
  tell(event: string, node: string, detail?: string): void {
    const told: ServiceEvent = { service: this.#cluster.name, event, node, detail, at: Date.now() };
    for (const observe of this.#eventObservers) observe(told);
  }

  services(): readonly ServiceView[] {
    const cluster = this.#cluster;
    const usable = cluster.stats().nodes.some(({ available }) => available);
    return [
      {
        name: cluster.name,
        protocol: 'thrift',
        state: usable ? 'ready' : 'failed',
        reason: usable ? undefined : 'no server can be called',
        cluster,
      },
    ];
  }

  effectiveConfig(): unknown {
    return this.#config;
  }

  observeCalls(observer: CallObserver): () => void {
    this.#callObservers.add(observer);
    return () => this.#callObservers.delete(observer);
  }

  observeEvents(observer: (event: ServiceEvent) => void): () => void {
    this.#eventObservers.add(observer);
    return () => this.#eventObservers.delete(observer);
  }
}
