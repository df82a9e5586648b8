import type { Cluster } from '../cluster/cluster.js';
import type { ClusterEvents } from '../cluster/cluster-events.js';

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
  /** Why it is not ready, or runs with an earlier config than the last one; in words. */
  readonly reason: string | undefined;
  /** Its endpoints; undefined when it could not be set up. A reload may replace it. */
  readonly cluster: Cluster<unknown> | undefined;
}

/** What a manager can tell of a service, of its endpoints, or of the config. */
export type ServiceEventName =
  | keyof ClusterEvents<unknown>
  | 'serviceAdded'
  | 'serviceRemoved'
  | 'limitsChanged'
  | 'serviceReplacing'
  | 'serviceReplaced'
  | 'serviceFailed'
  | 'serviceReady'
  | 'serviceDown'
  | 'configRefused';

/** Something that happened to a service, or to the config. */
export interface ServiceEvent<Name extends string = string> {
  /** Left out for what concerns all of them. */
  readonly service?: string | undefined;
  /** Its name; what happens to endpoints is called as in `ClusterEvents`. */
  readonly event: Name;
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
  /** Whether the config that came last is in force, for every service; left out by those whose config cannot change. */
  takesConfig?(): boolean;
  /** @returns stops it */
  observeCalls(observer: CallObserver): () => void;
  /** Left out: durations are those of loans, as far as they can be seen of the pools. @returns stops it */
  observeRuns?(observer: RunObserver): () => void;
  /** @returns stops it */
  observeEvents(observer: (event: ServiceEvent) => void): () => void;
}
