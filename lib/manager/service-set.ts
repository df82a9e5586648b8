import { planReload, type ReloadPlan, type ServiceConfigs } from './reload-plan.js';
import { type ServiceHost, ServiceRuntime } from './service-runtime.js';

/** What a reload did, by service. */
export interface ReloadResult extends ReloadPlan {
  /** Services whose new state could not be set up, and why. One that stood before goes on as it was. */
  readonly failed: Readonly<Record<string, unknown>>;
}

/** How long the pools of a changed service have to get ready before the old ones stay, ms. */
const TAKE_OVER_MS = 30_000;

/** The services that run now, and those that have left but still end their calls. */
export class ServiceSet {
  readonly #host: ServiceHost;
  readonly #runtimes = new Map<string, ServiceRuntime>();
  readonly #leaving = new Map<ServiceRuntime, Promise<void>>();

  constructor(host: ServiceHost) {
    this.#host = host;
  }

  get names(): string[] {
    return [...this.#runtimes.keys()];
  }

  get all(): ServiceRuntime[] {
    return [...this.#runtimes.values()];
  }

  get(name: string): ServiceRuntime | undefined {
    return this.#runtimes.get(name);
  }

  /** The config that each service runs with; after a failed change that is not the one it was given last. */
  get configs(): ServiceConfigs {
    return Object.fromEntries(this.all.map(({ name, config }) => [name, config]));
  }

  /**
   * Makes the services what the config says. Those that leave drain in the background.
   * @param drainMs how long those have before their calls are cut, ms
   */
  async apply(services: ServiceConfigs, drainMs: number): Promise<ReloadResult> {
    const failed: Record<string, unknown> = {};
    const plan = planReload(this.configs, services, await this.#toRenew());

    for (const name of plan.configured) this.#runtimes.get(name)!.configure(services[name]!);
    for (const name of plan.removed) {
      const runtime = this.#runtimes.get(name)!;
      this.#runtimes.delete(name);
      this.#drain(runtime, drainMs);
    }
    await Promise.all([
      ...plan.added.map(async (name) => {
        const runtime = new ServiceRuntime(name, services[name]!, this.#host);
        await runtime.start();
        this.#runtimes.set(name, runtime);
        if (runtime.failure !== undefined) failed[name] = runtime.failure;
      }),
      ...plan.replaced.map(async (name) => {
        const next = new ServiceRuntime(name, services[name]!, this.#host);
        try {
          await this.#takeOver(next, drainMs);
        } catch (error) {
          failed[name] = error;
          await next.stop(0);
        }
      }),
    ]);
    this.#order(Object.keys(services));
    const done = (names: readonly string[]) => names.filter((name) => !Object.hasOwn(failed, name));
    return { ...plan, added: done(plan.added), replaced: done(plan.replaced), failed };
  }

  /** Stops all; resolves when those that had left before are closed too. */
  async stop(timeoutMs: number): Promise<void> {
    await Promise.all([...this.all, ...this.#leaving.keys()].map((runtime) => runtime.stop(timeoutMs)));
  }

  /** Drops all at once. */
  async clear(): Promise<void> {
    await this.stop(0);
    this.#runtimes.clear();
  }

  /** Services that could not be set up, and those whose TLS files have changed. */
  async #toRenew(): Promise<Set<string>> {
    const renewed = new Set<string>();
    await Promise.all(
      this.all.map(async (runtime) => {
        if (runtime.failure !== undefined || (await runtime.hasNewTlsFiles())) renewed.add(runtime.name);
      }),
    );
    return renewed;
  }

  async #takeOver(next: ServiceRuntime, drainMs: number): Promise<void> {
    const old = this.#runtimes.get(next.name)!;
    await next.start();
    // Of two that do not work the later one tells what is wrong now.
    if (next.failure !== undefined && old.failure !== undefined) this.#runtimes.set(next.name, next);
    if (next.failure !== undefined) throw next.failure;
    // What does not work either way may as well be what the config says.
    if (old.state === 'ready') {
      await next.cluster?.ready({ timeoutMs: TAKE_OVER_MS, signal: this.#host.stopping });
    }
    this.#runtimes.set(next.name, next);
    this.#drain(old, drainMs);
  }

  /** The services stand in the order of the config, whichever was set up first. */
  #order(names: readonly string[]): void {
    for (const name of names) {
      const runtime = this.#runtimes.get(name)!;
      this.#runtimes.delete(name);
      this.#runtimes.set(name, runtime);
    }
  }

  #drain(runtime: ServiceRuntime, drainMs: number): void {
    const gone = runtime.stop(drainMs).finally(() => this.#leaving.delete(runtime));
    this.#leaving.set(runtime, gone);
  }
}
