import { Cluster, type ClusterOptions } from '../../../lib/cluster/index.js';
import type { Node } from '../../../lib/pool/node.js';
import { type FakeClient, FakeSource, type Gate } from './fake-source.js';

export interface FakeCluster {
  readonly cluster: Cluster<FakeClient>;
  /** The latest source of a node; throws for one that was never connected to. */
  source(id: string): FakeSource;
  /** Every event, as `name id`. */
  readonly events: string[];
  /** In-flight calls over all nodes. */
  inFlight(): number;
  /** A node's state in one word. */
  state(id: string): string | undefined;
}

const EVENTS = [
  'nodeAdded',
  'nodeReady',
  'nodeRemoved',
  'nodeClosed',
  'breakerOpen',
  'breakerHalfOpen',
  'breakerClose',
  'nodeEjected',
  'nodeReadmitted',
  'healthCheckFailed',
  'nodeMarkedUp',
  'prewarmError',
  'closeError',
] as const;

/**
 * A cluster of fake sources with the endpoints named.
 * @param initial the gate of each source as it is made
 * @param prepare changes each source before the cluster gets it
 */
export function fakeCluster(
  ids: readonly string[],
  options: ClusterOptions<FakeClient> = {},
  initial: Gate = 'ok',
  prepare: (source: FakeSource) => void = () => {},
): FakeCluster {
  const sources = new Map<string, FakeSource>();
  const events: string[] = [];
  const cluster = new Cluster<FakeClient>({
    name: 'c',
    connect: ({ id }) => {
      const source = new FakeSource(id);
      source.gate = initial;
      prepare(source);
      sources.set(id, source);
      return source;
    },
    ...options,
  });
  for (const event of EVENTS)
    cluster.on(event, (node: Node<FakeClient>) => events.push(`${event} ${node.id}`));
  for (const id of ids) cluster.addEndpoint({ id });
  return {
    cluster,
    events,
    source(id) {
      const source = sources.get(id);
      if (source === undefined) throw new Error(`no source was made for '${id}'`);
      return source;
    },
    inFlight: () => cluster.stats().nodes.reduce((sum, node) => sum + node.inFlight, 0),
    state: (id) => cluster.stats().nodes.find((node) => node.id === id)?.state,
  };
}

/** Runs all promise callbacks that are due. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}

/** A promise and what settles it. */
export function gate<T = void>(): {
  promise: Promise<T>;
  resolve: (value: T) => void;
  reject: (error: unknown) => void;
} {
  let resolve!: (value: T) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((res, rej) => {
    resolve = res;
    reject = rej;
  });
  return { promise, resolve, reject };
}
