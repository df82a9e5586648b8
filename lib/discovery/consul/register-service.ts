import createDebug from 'debug';
import { pause, RetryPause } from '../retry-pause.js';
import { AgentService } from './agent-service.js';
import { ConsulHttp } from './consul-http.js';
import { type RegisterServiceOptions, type ResolvedService, resolveService } from './service-options.js';

const log = createDebug('connpool:consul');

/** A service that is registered with Consul, and kept so. */
export interface Registration extends AsyncDisposable {
  /** The instance's id at its agent. */
  readonly id: string;
  /**
   * Takes the instance out of Consul; call it before the server stops, so that clients leave first. When it rejects
   * the instance is kept registered no longer, and it can be called again.
   * @throws ConsulError
   */
  deregister(): Promise<void>;
}

/**
 * Registers a server with its Consul agent and keeps it registered: an agent that comes back without its memory is
 * told again. Call it when the server listens: the instance counts as healthy at once, then its check decides, by
 * default a TCP connection that the agent makes. It keeps no process alive.
 *
 * @example
 * const registration = await registerService({ address: '127.0.0.1:8500', service: 'echo', host: '10.0.0.1', port: 9090 });
 * process.once('SIGTERM', async () => {
 *   await registration.deregister();
 *   await server.close(); // clients have left, or are about to
 * });
 *
 * @throws InvalidOptionError, ConsulError (as rejections)
 */
export async function registerService(options: RegisterServiceOptions): Promise<Registration> {
  const resolved = resolveService(options);
  const service = new AgentService(new ConsulHttp(resolved.target, false), resolved.definition);
  await service.register(false);
  return new KeptRegistration(service, resolved);
}

class KeptRegistration implements Registration {
  readonly id: string;
  readonly #service: AgentService;
  readonly #controller = new AbortController();
  /** Resolves when nothing more is said to the agent. */
  readonly #kept: Promise<void>;
  #ended: Promise<void> | undefined;

  constructor(service: AgentService, { definition, confirmMs, onError }: ResolvedService) {
    this.id = definition.id;
    this.#service = service;
    this.#kept = this.#keep(confirmMs, onError, this.#controller.signal);
  }

  deregister(): Promise<void> {
    this.#ended ??= this.#end();
    return this.#ended;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.deregister();
  }

  async #end(): Promise<void> {
    this.#controller.abort();
    // A confirmation under way may register anew: whatever it does comes first.
    await this.#kept;
    try {
      await this.#service.deregister();
    } catch (error) {
      this.#ended = undefined;
      throw error;
    }
  }

  async #keep(confirmMs: number, onError: (error: unknown) => void, signal: AbortSignal): Promise<void> {
    const retry = new RetryPause();
    while (!signal.aborted) {
      await pause(confirmMs, signal);
      while (!signal.aborted && !(await this.#confirm(onError))) await retry.wait(signal);
      retry.reset();
    }
  }

  async #confirm(onError: (error: unknown) => void): Promise<boolean> {
    try {
      await this.#service.confirm();
      return true;
    } catch (error) {
      log('%s: %s', this.id, error);
      report(onError, error);
      return false;
    }
  }
}

/** A listener that throws must not end what it listens to. */
function report(onError: (error: unknown) => void, failure: unknown): void {
  try {
    onError(failure);
  } catch (error) {
    process.emitWarning(error instanceof Error ? error : String(error));
  }
}
