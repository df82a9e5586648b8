import { Histogram, type Registry } from 'prom-client';
import { DEFAULT_BUCKETS } from '../../observe/prometheus/buckets.js';
import type { CallRun, ServiceView } from '../manager-view.js';

const LABELS = ['pool', 'cluster', 'node'] as const;
type Labels = Record<(typeof LABELS)[number], string>;

/**
 * How long calls took at their endpoints, as a histogram. It is fed with the calls themselves: what can be seen of
 * pools from outside cannot tell a call from a health check, nor the callers of a shared connection apart.
 */
export class RequestDurations {
  readonly #histogram: Histogram<(typeof LABELS)[number]>;
  /** What there are series of. */
  readonly #known = new Map<string, Labels>();

  /** @param services those that it is about */
  constructor(register: Registry, name: string, services: () => readonly ServiceView[]) {
    const settle = () => this.#settle(services());
    this.#histogram = new Histogram({
      name,
      help: 'Time that calls took at the node, the wait for a connection included.',
      labelNames: LABELS,
      buckets: [...DEFAULT_BUCKETS],
      registers: [register],
      collect: settle,
    });
  }

  observe({ service, node, ms }: CallRun): void {
    this.#histogram.observe(this.#labels(service, node), ms / 1_000);
  }

  /** Endpoints that came have a series from the start; those that left have none any more. */
  #settle(services: readonly ServiceView[]): void {
    const present = new Set<string>();
    for (const { name, cluster } of services) {
      for (const { id } of cluster?.stats().nodes ?? []) present.add(this.#labels(name, id).pool);
    }
    for (const [pool, labels] of this.#known) {
      if (present.has(pool)) continue;
      this.#histogram.remove(labels);
      this.#known.delete(pool);
    }
  }

  #labels(service: string, node: string): Labels {
    const pool = `${service}/${node}`;
    const known = this.#known.get(pool);
    if (known !== undefined) return known;
    const labels = { pool, cluster: service, node };
    this.#known.set(pool, labels);
    this.#histogram.zero(labels);
    return labels;
  }
}
