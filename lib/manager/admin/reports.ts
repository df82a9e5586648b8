import type { ClusterStats } from '../../cluster/cluster-stats.js';
import type { ManagerView, ServiceState, ServiceView } from '../manager-view.js';
import type { CallFigures, CallMeter } from './call-meter.js';

/** One service in `/stats`. */
export interface ServiceReport {
  readonly name: string;
  readonly protocol: string;
  readonly state: ServiceState;
  readonly reason?: string | undefined;
  readonly calls: CallFigures;
  readonly cluster?: ClusterStats | undefined;
}

/** What `/stats` answers. */
export interface StatsReport {
  /** When, ms since 1970. */
  readonly at: number;
  readonly services: readonly ServiceReport[];
}

/** What `/health` answers. */
export interface HealthReport {
  readonly status: 'ok' | 'unhealthy';
  readonly services: Readonly<Record<string, { state: ServiceState; reason?: string | undefined }>>;
}

export async function statsReport(view: ManagerView, meter: CallMeter, only?: string): Promise<StatsReport> {
  const report = async ({ name, protocol, state, reason, cluster }: ServiceView): Promise<ServiceReport> => ({
    name,
    protocol,
    state,
    ...(reason === undefined ? {} : { reason }),
    calls: await meter.figures(name),
    ...(cluster === undefined ? {} : { cluster: cluster.stats() }),
  });
  return { at: Date.now(), services: await Promise.all(chosen(view, only).map(report)) };
}

/** Healthy when every service has a usable endpoint. */
export function healthReport(view: ManagerView, only?: string): HealthReport {
  const services = chosen(view, only);
  return {
    status: services.every(({ state }) => state === 'ready') ? 'ok' : 'unhealthy',
    services: Object.fromEntries(
      services.map(({ name, state, reason }) => [name, reason === undefined ? { state } : { state, reason }]),
    ),
  };
}

function chosen(view: ManagerView, only: string | undefined): readonly ServiceView[] {
  return view.services().filter(({ name }) => only === undefined || name === only);
}
