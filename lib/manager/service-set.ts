import { describeError } from '../pool/errors.js';
import type { ServiceEventName } from './manager-view.js';
import { planReload, type ReloadPlan, type ServiceConfigs } from './reload-plan.js';
import { type ServiceHost, ServiceRuntime } from './service-runtime.js';

/** What became of the services. */
export interface ServiceChanges extends ReloadPlan {
  /** Services whose new state could not be set up, and why. One that stood before goes on as it was. */
  readonly failed: Readonly<Record<string, unknown>>;
}

/** How long the pools of a changed service have to get ready before the old ones stay, ms. */
const TAKE_OVER_MS = 30_000;

/** The services that run now, and those that have left but still end their calls. */
export class ServiceSet {
  readonly #host: ServiceHost;
  readonly #runtimes = new Map<string, ServiceRuntime>();
  readonly #leaving = new Set<ServiceRuntime>();

  constructor(host: ServiceHost) {
    this.#host = host;
  }

  get names(): string[] {
    return [...this.#runtimes.keys()];
  }

  get all(): ServiceRuntime[] {
    return [...this.#runtimes.values()];
  }

  /** Whether every service runs as the config that came last says. */
  get areCurrent(): boolean {
    return this.all.every(({ failure, outdated }) => failure === undefined && outdated === undefined);
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
   * @param signal a change that still waits for its connections is given up when it aborts
   */
  async apply(services: ServiceConfigs, drainMs: number, signal: AbortSignal): Promise<ServiceChanges> {
    const failed: Record<string, unknown> = {};
    const plan = planReload(this.configs, services, await this.#toRenew());

    const fail = (name: string, error: unknown) => {
      failed[name] = error;
      this.#host.failed(name, error);
    };

    for (const name of [...plan.unchanged, ...plan.configured]) {
      this.#runtimes.get(name)!.outdated = undefined;
    }
    for (const name of plan.configured) {
      this.#runtimes.get(name)!.configure(services[name]!);
      this.#tell(name, 'limitsChanged');
    }
    for (const name of plan.removed) {
      const runtime = this.#runtimes.get(name)!;
      this.#runtimes.delete(name);
      this.#tell(name, 'serviceRemoved');
      this.#drain(runtime, drainMs);
    }
    await Promise.all([
      ...plan.added.map(async (name) => {
        const runtime = new ServiceRuntime(name, services[name]!, this.#host);
        await runtime.start(signal);
        this.#runtimes.set(name, runtime);
        if (runtime.failure === undefined) this.#tell(name, 'serviceAdded');
        else fail(name, runtime.failure);
      }),
      ...plan.replaced.map(async (name) => {
        const old = this.#runtimes.get(name)!;
        const next = new ServiceRuntime(name, services[name]!, this.#host);
        const failure = await this.#prepare(next, old, signal);
        // Of two that could not be set up the later one tells what is wrong now.
        const takesOver = failure === undefined || old.failure !== undefined;
        if (takesOver) this.#runtimes.set(name, next);
        else old.outdated = describeError(failure.error);
        if (failure === undefined) this.#tell(name, 'serviceReplaced');
        else fail(name, failure.error);
        this.#drain(takesOver ? old : next, takesOver ? drainMs : 0);
      }),
    ]);
    this.#order(Object.keys(services));
    const done = (names: readonly string[]) => names.filter((name) => !Object.hasOwn(failed, name));
    return { ...plan, added: done(plan.added), replaced: done(plan.replaced), failed };
  }

  /**
   * Stops all; resolves when those that had left before are closed too.
   * @returns how many calls were cut
   */
  async stop(timeoutMs: number): Promise<number> {
    const cut = await Promise.all([...this.all, ...this.#leaving].map((runtime) => runtime.stop(timeoutMs)));
    return cut.reduce((sum, each) => sum + each, 0);
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

  /** Sets a service up that is to take the place of another; says what keeps it from that. */
  async #prepare(
    next: ServiceRuntime,
    old: ServiceRuntime,
    signal: AbortSignal,
  ): Promise<{ error: unknown } | undefined> {
    await next.start(signal);
    if (next.failure !== undefined) return { error: next.failure };
    // What does not work either way may as well be what the config says.
    if (old.state !== 'ready') return undefined;
    this.#tell(next.name, 'serviceReplacing', 'until its new connections are ready, the old ones serve');
    try {
      await next.cluster?.ready({ timeoutMs: TAKE_OVER_MS, signal });
      return undefined;
    } catch (error) {
      return { error };
    }
  }

  /** The services stand in the order of the config, whichever was set up first. */
  #order(names: readonly string[]): void {
    for (const name of names) {
      const runtime = this.#runtimes.get(name)!;
      this.#runtimes.delete(name);
      this.#runtimes.set(name, runtime);
    }
  }

  #tell(service: string, event: ServiceEventName, detail?: string): void {
    this.#host.event({ service, event, detail, at: Date.now() });
  }

  #drain(runtime: ServiceRuntime, drainMs: number): void {
    this.#leaving.add(runtime);
    void runtime.stop(drainMs).finally(() => this.#leaving.delete(runtime));
  }
}
