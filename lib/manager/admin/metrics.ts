import { Gauge, Registry } from 'prom-client';
import { collectPools } from '../../observe/prometheus/collect-pools.js';
import type { ManagerView, ServiceView } from '../manager-view.js';
import { RequestDurations } from './request-durations.js';

/** What the metrics of a protocol's services begin with. */
const PREFIXES = { grpc: 'grpc', thrift: 'connpool', tcp: 'connpool' } as const;

/** The figures of every service; they are read when the registry is asked. */
export class ManagerMetrics {
  readonly register = new Registry();
  readonly #stop: (() => void)[] = [];

  constructor(view: ManagerView) {
    for (const prefix of new Set(Object.values(PREFIXES))) {
      const services = () => view.services().filter(({ protocol }) => PREFIXES[protocol] === prefix);
      this.#collectPools(prefix, services, view);
    }
    this.#collectStates(view);
  }

  /** Stops measuring. */
  stop(): void {
    for (const stop of this.#stop) stop();
    this.register.clear();
  }

  #collectPools(prefix: string, services: () => readonly ServiceView[], view: ManagerView): void {
    const { register } = this;
    const clusters = () => services().flatMap(({ cluster }) => (cluster === undefined ? [] : [cluster]));
    const hasRuns = view.observeRuns !== undefined;
    this.#stop.push(collectPools(register, clusters, { prefix, durations: !hasRuns }));
    if (!hasRuns) return;
    const name = `${prefix}_request_duration_seconds`;
    // The one that clusters can give has no buckets.
    register.removeSingleMetric(name);
    const durations = new RequestDurations(register, name, services);
    const stop = view.observeRuns?.((run) => {
      if (PREFIXES[run.protocol] === prefix) durations.observe(run);
    });
    if (stop !== undefined) this.#stop.push(stop);
  }

  #collectStates(view: ManagerView): void {
    new Gauge({
      name: 'connpool_service_ready',
      help: 'Whether the service has a usable endpoint: 1 or 0.',
      labelNames: ['service', 'protocol'],
      registers: [this.register],
      collect() {
        this.reset();
        for (const { name, protocol, state } of view.services())
          this.set({ service: name, protocol }, state === 'ready' ? 1 : 0);
      },
    });
    if (view.takesConfig === undefined) return;
    new Gauge({
      name: 'connpool_config_last_reload_successful',
      help: 'Whether the config that came last is in force, for every service: 1 or 0.',
      registers: [this.register],
      collect() {
        this.set(view.takesConfig?.() === true ? 1 : 0);
      },
    });
  }
}
