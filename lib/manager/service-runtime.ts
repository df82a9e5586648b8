import { Cluster } from '../cluster/cluster.js';
import type { HealthCheckOptions } from '../cluster/health-check.js';
import type { Middleware } from '../middleware/middleware.js';
import { describeError } from '../pool/errors.js';
import type { PoolLimits } from '../pool/options.js';
import { clusterOptionsOf } from './cluster-options-of.js';
import type { ServiceConfig } from './config/schema.js';
import { askServer } from './connect/ask-server.js';
import { type Connector, limitsOf } from './connect/connector.js';
import { connectorOf } from './connect/connector-of.js';
import { discoveryOf } from './discovery-of.js';
import { loadClient } from './load-client.js';
import type {
  CallObserver,
  RunObserver,
  ServiceEvent,
  ServiceEventName,
  ServiceState,
  ServiceView,
} from './manager-view.js';
import { ServicePools } from './service-pools.js';
import { tellCalls } from './tell-calls.js';
import { tellEvents } from './tell-events.js';
import { digestOfTlsFiles, readTlsFiles } from './tls-files.js';
import { watchReadiness } from './watch-readiness.js';

/** What a service's runtime is given by its manager. */
export interface ServiceHost {
  /** What relative paths of the config start from. */
  readonly folder: string;
  /** Generated clients that were handed over in code, by service. */
  readonly clients: Readonly<Record<string, unknown>>;
  /** Middleware that was handed over in code, by service. */
  readonly middleware: Readonly<Record<string, readonly Middleware<never>[]>>;
  readonly callObservers: ReadonlySet<CallObserver>;
  readonly runObservers: ReadonlySet<RunObserver>;
  event(event: ServiceEvent<ServiceEventName>): void;
  /** A service could not be set up, or not as its new config wants it. */
  failed(service: string, error: unknown): void;
}

/** One service at work: its cluster, as one state of the config describes it. */
export class ServiceRuntime implements ServiceView {
  readonly name: string;
  readonly #host: ServiceHost;
  readonly #pools = new ServicePools();
  #config: ServiceConfig;
  #limits: PoolLimits;
  /** What the TLS files said when the service was set up. */
  #tlsDigest: string | undefined;
  #cluster: Cluster<unknown> | undefined;
  #failure: unknown;
  #lastDiscoveryError: string | undefined;
  #wasReady = false;
  #stopped = false;
  /** Why it does not run as the config that came last wants it. */
  outdated: string | undefined;

  constructor(name: string, config: ServiceConfig, host: ServiceHost) {
    this.name = name;
    this.#config = config;
    this.#limits = limitsOf(config);
    this.#host = host;
  }

  get config(): ServiceConfig {
    return this.#config;
  }

  get protocol(): ServiceConfig['protocol'] {
    return this.#config.protocol;
  }

  get cluster(): Cluster<unknown> | undefined {
    return this.#cluster;
  }

  /** What setting the service up failed with. */
  get failure(): unknown {
    return this.#failure;
  }

  get state(): ServiceState {
    if (this.#stopped) return 'stopped';
    if (this.#cluster === undefined) return this.#failure === undefined ? 'starting' : 'failed';
    if (this.#cluster.stats().nodes.some(({ available }) => available)) return 'ready';
    return this.#wasReady ? 'failed' : 'starting';
  }

  get reason(): string | undefined {
    const { state } = this;
    if (state === 'ready')
      return this.outdated === undefined ? undefined : `its new config is not in force: ${this.outdated}`;
    if (state === 'stopped') return 'it takes no more calls: the manager is stopping';
    if (this.#cluster === undefined)
      return this.#failure === undefined ? 'not set up yet' : describeError(this.#failure);
    const { nodes } = this.#cluster.stats();
    if (nodes.length === 0) return this.#lastDiscoveryError ?? 'no endpoints are known';
    const states = nodes.map(
      ({ id, state, lastError }) => `${id} is ${state}${lastError === undefined ? '' : ` (${lastError})`}`,
    );
    return `no endpoint is usable: ${states.join(', ')}`;
  }

  /**
   * Sets the service up. A failure stays with the service: the others go on.
   * @param signal gives it up
   */
  async start(signal: AbortSignal): Promise<void> {
    const config = this.#config;
    const { folder, clients, middleware } = this.#host;
    try {
      this.#tlsDigest = await digestOfTlsFiles(config, folder);
      const tls = config.tls === false ? undefined : await readTlsFiles(config.tls, folder);
      const client =
        own(clients, this.name) ??
        (config.client === undefined ? undefined : await loadClient(config.client, folder, signal));
      const connector = await connectorOf({ config, tls, client });
      const discovery = await discoveryOf(config.discovery, folder);
      if (this.#stopped) return;
      this.#cluster = new Cluster<unknown>({
        ...this.#clusterOptions(connector),
        discovery,
        connect: (endpoint) => {
          const pool = connector.connect(endpoint, { ...this.#limits, name: `${this.name}/${endpoint.id}` });
          this.#pools.add(endpoint, pool);
          return pool;
        },
      });
      const { calls, runs } = tellCalls(this.name, config.protocol, this.#host);
      this.#cluster.use(calls);
      for (const each of own(middleware, this.name) ?? []) this.#cluster.use(each as Middleware<unknown>);
      this.#cluster.use(runs);
      this.#listen(this.#cluster);
    } catch (error) {
      this.#failure = error;
      await this.#cluster?.close({ timeoutMs: 0 });
      this.#cluster = undefined;
    }
  }

  /** Whether the TLS files say something else than when the service was set up; false when they cannot be read. */
  async hasNewTlsFiles(): Promise<boolean> {
    const { folder } = this.#host;
    return (await digestOfTlsFiles(this.#config, folder)) !== this.#tlsDigest;
  }

  /** Changes limits and timings of every pool, those to come included. */
  configure(config: ServiceConfig): void {
    this.#config = config;
    this.#limits = limitsOf(config);
    this.#pools.configure(this.#limits);
  }

  /**
   * Takes no new calls, lets those under way end, closes everything; after `timeoutMs` also what is in use. A later
   * call with less time cuts short what an earlier one has begun.
   * @returns how many calls were cut
   */
  async stop(timeoutMs: number): Promise<number> {
    this.#stopped = true;
    await this.#cluster?.close({ timeoutMs });
    return this.#cluster?.stats().cut ?? 0;
  }

  #clusterOptions({ ask, isFailure }: Connector) {
    const options = clusterOptionsOf(this.name, this.#config);
    const { healthCheck } = options;
    if (!healthCheck || ask === undefined) return { ...options, isFailure };
    const { timeoutMs = 0 } = healthCheck;
    const check: HealthCheckOptions['check'] = (endpoint, { signal }) => {
      const pool = this.#pools.get(endpoint.id);
      return pool === undefined ? undefined : askServer(pool, ask, { signal, timeoutMs });
    };
    return { ...options, isFailure, healthCheck: { ...healthCheck, check } };
  }

  #listen(cluster: Cluster<unknown>): void {
    cluster.once('nodeReady', () => {
      this.#wasReady = true;
    });
    cluster.on('nodeClosed', ({ id }) => this.#pools.forget(id));
    cluster.on('discoveryUpdate', () => {
      this.#lastDiscoveryError = undefined;
    });
    cluster.on('discoveryError', (error) => {
      this.#lastDiscoveryError = describeError(error);
    });
    tellEvents(this.name, cluster, (event) => this.#host.event(event));
    watchReadiness(cluster, (isReady) =>
      this.#host.event({
        service: this.name,
        event: isReady ? 'serviceReady' : 'serviceDown',
        detail: this.reason,
        at: Date.now(),
      }),
    );
  }
}

/** What a service was given under its name, whatever its name is. */
function own<T>(given: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(given, name) ? given[name] : undefined;
}
