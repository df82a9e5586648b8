import type { Cluster } from '../cluster/cluster.js';

/**
 * How a service is: `starting` (no endpoint was usable yet), `ready`, `failed` (it could not be set up, or no endpoint
 * is usable any more), `stopped`.
 */
export type ServiceState = 'starting' | 'ready' | 'failed' | 'stopped';

/** One service, as those see it who watch the manager. */
export interface ServiceView {
  readonly name: string;
  readonly protocol: 'grpc' | 'thrift' | 'tcp';
  readonly state: ServiceState;
  /** Why it is not ready, in words. */
  readonly reason: string | undefined;
  /** Its endpoints; undefined when it could not be set up. A reload may replace it. */
  readonly cluster: Cluster<unknown> | undefined;
}

/** Something that happened to a service. */
export interface ServiceEvent {
  readonly service: string;
  /** The name of the cluster's event, such as `breakerOpen`. */
  readonly event: string;
  /** The node it is about. */
  readonly node?: string | undefined;
  /** More about it, in words. */
  readonly detail?: string | undefined;
  /** When, ms since 1970. */
  readonly at: number;
}

/** Told of every call that ended; `error` is what it failed with. */
export type CallObserver = (service: string, ms: number, failure: { error: unknown } | undefined) => void;

/** One attempt of a call, at one endpoint. */
export interface CallRun {
  readonly service: string;
  readonly protocol: ServiceView['protocol'];
  readonly node: string;
  /** How long it took, the wait for a connection included, ms. */
  readonly ms: number;
}

/** Told of every attempt that came to a connection and ended. */
export type RunObserver = (run: CallRun) => void;

/** What watches a manager, such as its admin server, needs of it. */
export interface ManagerView {
  services(): readonly ServiceView[];
  /** The config in force, without its secrets. */
  effectiveConfig(): unknown;
  /** @returns stops it */
  observeCalls(observer: CallObserver): () => void;
  /** Left out: durations are those of loans, as far as they can be seen of the pools. @returns stops it */
  observeRuns?(observer: RunObserver): () => void;
  /** @returns stops it */
  observeEvents(observer: (event: ServiceEvent) => void): () => void;
}
