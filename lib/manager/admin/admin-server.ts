import { isDeepStrictEqual } from 'node:util';
import type { AdminConfig } from '../config/schema.js';
import type { ManagerView } from '../manager-view.js';
import { AdminListener } from './admin-listener.js';
import { CallMeter } from './call-meter.js';
import { ManagerMetrics } from './metrics.js';
import { RecentEvents } from './recent-events.js';

/** The HTTP server with the metrics, the health, the figures and the dashboard of a manager. */
export class AdminServer {
  readonly #view: ManagerView;
  readonly #meter = new CallMeter();
  readonly #events = new RecentEvents();
  readonly #metrics: ManagerMetrics;
  readonly #stopObserving: (() => void)[];
  #listener: AdminListener;

  /** It watches from now on, and listens once it is started. */
  constructor(view: ManagerView, config: AdminConfig) {
    this.#view = view;
    this.#metrics = new ManagerMetrics(view);
    this.#listener = this.#listenerOf(config);
    this.#stopObserving = [view.observeCalls(this.#meter.observe), view.observeEvents(this.#events.add)];
  }

  /** Such as `http://127.0.0.1:9090`; undefined while it does not listen. */
  get url(): string | undefined {
    return this.#listener.url;
  }

  /** Listens. Rejects with what the system says of the address. */
  start(): Promise<void> {
    return this.#listener.start();
  }

  /** Serves as a new config says; what was counted stays. When a new address cannot be had, all is as it was. */
  async change(config: AdminConfig): Promise<void> {
    const old = this.#listener;
    if (isDeepStrictEqual(config, old.config)) return;
    if (config.host === old.config.host && config.port === old.config.port) {
      old.serveAs(config);
      return;
    }
    const next = this.#listenerOf(config);
    await next.start();
    this.#listener = next;
    await old.stop();
  }

  /** Ends every stream and connection. */
  async stop(): Promise<void> {
    for (const stop of this.#stopObserving) stop();
    await this.#listener.stop();
    this.#metrics.stop();
  }

  #listenerOf(config: AdminConfig): AdminListener {
    const { register } = this.#metrics;
    return new AdminListener(config, {
      view: this.#view,
      meter: this.#meter,
      events: this.#events,
      register,
    });
  }
}
