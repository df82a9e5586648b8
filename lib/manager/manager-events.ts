import type { ServiceEvent, ServiceEventName } from './manager-view.js';
import type { ServiceChanges } from './service-set.js';

/** What a reload did. */
export interface ReloadResult extends ServiceChanges {
  /** Settings beside the services that have changed. */
  readonly settings: readonly ('admin' | 'stopTimeout')[];
}

/** Events of a `PoolManager`. */
export interface ManagerEvents {
  /** A new config is in force; what it changed. */
  reloaded: [result: ReloadResult];
  /** A new config was refused as a whole, or could not be read. The old one stays. */
  reloadFailed: [error: unknown];
  /** A service could not be set up, or not as a new config wants it; the others go on. */
  serviceFailed: [service: string, error: unknown];
  /** Something happened to a service or to its endpoints. */
  service: [event: ServiceEvent<ServiceEventName>];
  /** Everything is closed; how many calls were cut, because they had not ended in time. */
  stopped: [cutCalls: number];
}
