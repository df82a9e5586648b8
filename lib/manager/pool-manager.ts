import { EventEmitter } from 'node:events';
import { dirname, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import createDebug from 'debug';
import type { CallFunction } from '../cluster/call-run.js';
import type { Cluster } from '../cluster/cluster.js';
import type { DoOptions } from '../cluster/do-options.js';
import { describeError, InvalidOptionError, PoolClosedError } from '../pool/errors.js';
import { AdminSwitch } from './admin-switch.js';
import { loadConfig, resolveConfig } from './config/load-config.js';
import { redact } from './config/redact.js';
import type { ManagerConfig, ManagerConfigInput } from './config/schema.js';
import { watchConfig } from './config-watch.js';
import { ServiceSetupError, UnknownServiceError } from './errors.js';
import type { ManagerEvents, ReloadResult } from './manager-events.js';
import { checkManagerOptions, type PoolManagerOptions } from './manager-options.js';
import type {
  CallObserver,
  ManagerView,
  RunObserver,
  ServiceEvent,
  ServiceEventName,
  ServiceView,
} from './manager-view.js';
import { ReloadQueue } from './reload-queue.js';
import { ServiceSet } from './service-set.js';
import { handleSignals } from './signals.js';

const log = createDebug('connpool:manager');

/**
 * Many services from one config: discovery, pools, health checks, breakers, metrics, reload and a graceful stop.
 *
 * @example
 * const manager = new PoolManager('connpool.yaml', { clients: { users: UsersClient } });
 * await manager.start();
 * manager.handleSignals();
 * const user = await manager.do('users', (client) => client.getUser({ id: 7 }));
 */
export class PoolManager extends EventEmitter<ManagerEvents> implements ManagerView {
  readonly #file: string | undefined;
  readonly #options: PoolManagerOptions;
  readonly #callObservers = new Set<CallObserver>();
  readonly #runObservers = new Set<RunObserver>();
  readonly #eventObservers = new Set<(event: ServiceEvent) => void>();
  readonly #services: ServiceSet;
  readonly #admin = new AdminSwitch(this);
  /** Aborts when the manager stops. */
  readonly #stopping = new AbortController();
  /** The last config that came as an object. */
  #given: ManagerConfigInput | undefined;
  #config: ManagerConfig | undefined;
  /** Whether the config that came last was refused. */
  #wasRefused = false;
  #offSignals: (() => void) | undefined;
  readonly #reloads = new ReloadQueue();
  #started: Promise<void> | undefined;
  #stopped: Promise<void> | undefined;

  /**
   * @param config the path of a YAML or JSON file, or the config itself
   * @throws InvalidOptionError
   */
  constructor(config: string | ManagerConfigInput, options: PoolManagerOptions = {}) {
    super();
    checkManagerOptions(options);
    if (typeof config === 'string') this.#file = resolve(config);
    else if (typeof config === 'object' && config !== null) this.#given = config;
    else throw new InvalidOptionError('config', config, 'the path of a file, or an object');
    this.#options = options;
    this.#services = new ServiceSet({
      folder: this.#file === undefined ? process.cwd() : dirname(this.#file),
      clients: options.clients ?? {},
      middleware: options.middleware ?? {},
      callObservers: this.#callObservers,
      runObservers: this.#runObservers,
      event: (event) => this.#tell(event),
      failed: (service, error) => this.#failed(service, error),
    });
  }

  /**
   * Reads the config, sets every service up, starts the admin server when the config has one, and follows the file.
   * Resolves without waiting for endpoints: a call does that, and {@link ready}. When it fails nothing is left
   * behind, and it can be tried again.
   * @throws ConfigError; PoolClosedError after `stop`; what the admin server's port says (as rejections)
   */
  start(): Promise<void> {
    if (this.#stopped !== undefined) return Promise.reject(new PoolClosedError('manager'));
    this.#started ??= this.#start().catch(async (error) => {
      this.#started = undefined;
      throw error;
    });
    return this.#started;
  }

  /**
   * Starts the manager, unless it runs, and resolves once every service has a usable endpoint.
   * @param options `timeoutMs`: how long to wait, in ms; 0 = no limit; default 30000
   * @throws NoAvailableClientError, ServiceSetupError of the first service that has none (as rejections)
   */
  async ready(options: { timeoutMs?: number | undefined } = {}): Promise<void> {
    await this.start();
    await Promise.all(this.#services.names.map(async (name) => this.getPool(name).ready(options)));
  }

  /**
   * Runs one call on a service, like `getPool(service).do(fn, options)`; a call that a reload overtakes before it was
   * sent goes to what has taken the place.
   * @throws UnknownServiceError, ServiceSetupError, and what the cluster's `do` throws (as rejections)
   */
  async do<TClient, R>(
    service: string,
    fn: CallFunction<TClient, R>,
    options?: DoOptions,
  ): Promise<Awaited<R>> {
    if (typeof fn !== 'function') throw new InvalidOptionError('fn', fn, 'a function of the client');
    for (;;) {
      const cluster = this.getPool<TClient>(service);
      let wasSent = false;
      try {
        return await cluster.do<R>((client, call) => {
          wasSent = true;
          return fn(client, call);
        }, options);
      } catch (error) {
        const wasReplaced = this.#services.get(service)?.cluster !== (cluster as unknown);
        if (wasSent || !wasReplaced || !(error instanceof PoolClosedError)) throw error;
      }
    }
  }

  /**
   * The endpoints of a service. Ask anew for each call: a reload may put another cluster in its place.
   * @throws UnknownServiceError, PoolClosedError, ServiceSetupError when the service could not be set up
   */
  getPool<TClient>(service: string): Cluster<TClient> {
    if (this.#stopped !== undefined) throw new PoolClosedError(service);
    if (typeof service !== 'string') throw new InvalidOptionError('service', service, "a service's name");
    const runtime = this.#services.get(service);
    if (runtime === undefined && this.#config === undefined) {
      throw new ServiceSetupError(`service '${service}' is not there yet: the manager has not started`);
    }
    if (runtime === undefined) throw new UnknownServiceError(service, this.#services.names);
    if (runtime.cluster === undefined) {
      throw new ServiceSetupError(
        `service '${service}' could not be set up: ${runtime.reason}`,
        runtime.failure,
      );
    }
    return runtime.cluster as unknown as Cluster<TClient>;
  }

  /**
   * Puts a new config in force: the one given, or what the file says now, or, without a file, the last one once more.
   * Starts the manager, unless it runs.
   * Services that have not changed are left alone, changed limits are set on the pools that stand, other changes and
   * changed TLS files bring a new set of pools that takes over when it is ready, while the old one drains. A service
   * that still waits for that keeps what it has when the next config comes.
   * @throws ConfigError, what a new address of the admin server says: then nothing has changed (as rejections)
   */
  reload(config?: ManagerConfigInput): Promise<ReloadResult> {
    const reload = this.#reloads.add(
      async () => {
        await this.start();
        return this.#read(config ?? (this.#file === undefined ? this.#given : undefined));
      },
      (next, signal) => this.#apply(next, config, signal),
    );
    reload.catch((error) => this.#refused(error));
    return reload;
  }

  /**
   * Takes no new calls, lets those under way end, closes everything. Every call returns the same promise.
   * @param options `timeoutMs`: after this long, in ms, calls under way are cut; default: the config's `stopTimeout`
   * @throws InvalidOptionError (as a rejection)
   */
  stop(options: { timeoutMs?: number | undefined } = {}): Promise<void> {
    const { timeoutMs } = options;
    if (timeoutMs !== undefined && !(typeof timeoutMs === 'number' && timeoutMs >= 0)) {
      return Promise.reject(new InvalidOptionError('timeoutMs', timeoutMs, 'a number of ms from 0'));
    }
    this.#stopped ??= this.#stop(timeoutMs);
    return this.#stopped;
  }

  /**
   * SIGHUP reloads, SIGTERM and SIGINT stop gracefully; a second one of these ends the process at once.
   * @returns takes the handlers off again; `stop()` does so too
   */
  handleSignals(): () => void {
    this.#offSignals?.();
    this.#offSignals = handleSignals({ reload: () => this.#reloadQuietly(), stop: () => this.stop() });
    return this.#offSignals;
  }

  /** Where the admin server listens, such as `http://127.0.0.1:9090`; undefined without one. */
  get adminUrl(): string | undefined {
    return this.#admin.url;
  }

  services(): readonly ServiceView[] {
    return this.#services.all;
  }

  effectiveConfig(): unknown {
    return this.#config === undefined
      ? undefined
      : redact({ ...this.#config, services: this.#services.configs });
  }

  takesConfig(): boolean {
    return !this.#wasRefused && this.#services.areCurrent;
  }

  observeCalls(observer: CallObserver): () => void {
    this.#callObservers.add(observer);
    return () => this.#callObservers.delete(observer);
  }

  observeRuns(observer: RunObserver): () => void {
    this.#runObservers.add(observer);
    return () => this.#runObservers.delete(observer);
  }

  observeEvents(observer: (event: ServiceEvent) => void): () => void {
    this.#eventObservers.add(observer);
    return () => this.#eventObservers.delete(observer);
  }

  async #start(): Promise<void> {
    const watching = new AbortController();
    const stopWatching = () => watching.abort();
    this.#stopping.signal.addEventListener('abort', stopWatching);
    try {
      // Before it is read, so that no change goes unseen.
      if (this.#file !== undefined) {
        await watchConfig(this.#file, watching.signal, () => this.#reloadQuietly());
      }
      const config = await this.#read(this.#given);
      // It hears of everything, and answers once there is something to be told.
      await this.#admin.prepare(config.admin);
      const { signal } = this.#stopping;
      await this.#services.apply(config.services, config.stopTimeout, signal);
      this.#config = config;
      await this.#admin.listen();
    } catch (error) {
      stopWatching();
      await Promise.all([this.#services.clear(), this.#admin.stop()]);
      throw error;
    }
  }

  async #read(given: ManagerConfigInput | undefined): Promise<ManagerConfig> {
    const { env, adjust } = this.#options;
    if (given !== undefined) return resolveConfig(given, { env, adjust });
    return loadConfig(this.#file!, { env, adjust });
  }

  /** @param given what it was, when it came as an object */
  async #apply(
    config: ManagerConfig,
    given: ManagerConfigInput | undefined,
    signal: AbortSignal,
  ): Promise<ReloadResult> {
    this.#stopping.signal.throwIfAborted();
    // It comes first, because it alone can still fail as a whole.
    await this.#admin.change(config.admin);
    const changes = await this.#services.apply(config.services, config.stopTimeout, signal);
    this.#stopping.signal.throwIfAborted();
    const settings = (['admin', 'stopTimeout'] as const).filter(
      (name) => !isDeepStrictEqual(config[name], this.#config?.[name]),
    );
    const result = { ...changes, settings };
    this.#config = config;
    if (given !== undefined) this.#given = given;
    this.#wasRefused = false;
    this.#emitSafely('reloaded', result);
    return result;
  }

  /** Its failure is told by an event. */
  #reloadQuietly(): void {
    this.reload().catch(() => {});
  }

  #refused(error: unknown): void {
    if (this.#stopped !== undefined) return;
    this.#wasRefused = true;
    this.#tell({ event: 'configRefused', detail: describeError(error), at: Date.now() });
    this.#emitSafely('reloadFailed', error);
  }

  async #stop(timeoutMs: number | undefined): Promise<void> {
    const reason = new PoolClosedError('manager');
    this.#stopping.abort(reason);
    await this.#started?.catch(() => {});
    await this.#reloads.end(reason);
    const cutCalls = await this.#services.stop(timeoutMs ?? this.#config?.stopTimeout ?? 0);
    await this.#admin.stop();
    this.#offSignals?.();
    this.#emitSafely('stopped', cutCalls);
  }

  #failed(service: string, error: unknown): void {
    // What a stop interrupts has not failed.
    if (this.#stopped !== undefined) return;
    this.#tell({ service, event: 'serviceFailed', detail: describeError(error), at: Date.now() });
    this.#emitSafely('serviceFailed', service, error);
  }

  #tell(event: ServiceEvent<ServiceEventName>): void {
    for (const observe of this.#eventObservers) observe(event);
    this.#emitSafely('service', event);
  }

  /** A listener that throws must not stop the manager half way. */
  #emitSafely<K extends keyof ManagerEvents>(event: K, ...args: ManagerEvents[K]): void {
    if (log.enabled) log('%s %o', event, args);
    try {
      (this.emit as (event: string, ...args: unknown[]) => boolean)(event, ...args);
    } catch (error) {
      process.emitWarning(error instanceof Error ? error : describeError(error));
    }
  }
}
