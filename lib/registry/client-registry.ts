import { checkOptions, functionRule, required } from '../pool/check-options.js';
import { InvalidOptionError, PoolClosedError } from '../pool/errors.js';
import { ClientExistsError, ClientNotFoundError } from './errors.js';

/** How a {@link ClientRegistry} makes and ends its clients. */
export interface ClientRegistryOptions<TClient, TOptions = undefined> {
  /** Makes the client of that name. `options` is what `add` or `mustGet` was given. */
  create(name: string, options: TOptions): TClient | PromiseLike<TClient>;
  /** Closes a client. Called exactly once for each client that was created. */
  close(client: TClient, name: string): unknown;
}

/** What `mustGet` takes after the name: options may be left out where `create` can do without. */
type MustGetOptions<TOptions> = undefined extends TOptions ? [options?: TOptions] : [options: TOptions];

/**
 * Clients by name: each is created once, shared by everybody who asks for its name, and closed with the registry.
 * Clients may be anything: pools, clusters, SDK clients.
 *
 * A name is taken from the moment its creation starts. `get` and `mustGet` wait for a creation under way; when it
 * fails, all who wait get its error, and the name is free before they do.
 */
export class ClientRegistry<TClient, TOptions = undefined> {
  readonly #options: ClientRegistryOptions<TClient, TOptions>;
  /** The clients, each from the start of its creation to its removal. A failed creation is not in here. */
  readonly #clients = new Map<string, Promise<TClient>>();
  /** Removals under way; none of them rejects. */
  readonly #removals = new Set<Promise<unknown>>();
  #closing: Promise<void> | undefined;

  /** @throws InvalidOptionError */
  constructor(options: ClientRegistryOptions<TClient, TOptions>) {
    checkOptions('options', options, { create: required(functionRule), close: required(functionRule) });
    this.#options = options;
  }

  /**
   * The client of that name.
   * @throws ClientNotFoundError when there is none, PoolClosedError after `close`
   */
  async get(name: string): Promise<TClient> {
    this.#check(name);
    const client = this.#clients.get(name);
    if (client === undefined) throw new ClientNotFoundError(name);
    return client;
  }

  /**
   * The client of that name, created when there is none. Calls at the same time share one creation, and the
   * options of the one that started it.
   * @throws what `create` failed with, PoolClosedError after `close`
   */
  async mustGet(name: string, ...[options]: MustGetOptions<TOptions>): Promise<TClient> {
    this.#check(name);
    return this.#clients.get(name) ?? this.#create(name, options as TOptions);
  }

  /**
   * Creates the client of that name.
   * @throws ClientExistsError when the name is taken, what `create` failed with, PoolClosedError after `close`
   */
  async add(name: string, ...[options]: MustGetOptions<TOptions>): Promise<TClient> {
    this.#check(name);
    if (this.#clients.has(name)) throw new ClientExistsError(name);
    return this.#create(name, options as TOptions);
  }

  /**
   * Closes the client of that name; resolves when it is closed. The name is free at once. A client that is being
   * created is closed as soon as it stands (who asked for it before still gets it, for what that is worth); when
   * its creation fails there is nothing to close.
   * @throws ClientNotFoundError when there is none, what `close` failed with, PoolClosedError after `close()`
   */
  async remove(name: string): Promise<void> {
    this.#check(name);
    const client = this.#clients.get(name);
    if (client === undefined) throw new ClientNotFoundError(name);
    this.#clients.delete(name);
    const removal = this.#closeOne(name, client);
    const settled = removal.catch(() => undefined).finally(() => this.#removals.delete(settled));
    this.#removals.add(settled);
    return removal;
  }

  /** Whether the name is taken. */
  has(name: string): boolean {
    return this.#clients.has(name);
  }

  /** The names that are taken, in order of creation. */
  list(): string[] {
    return [...this.#clients.keys()];
  }

  /**
   * Closes all clients, those included that are being created (as `remove` does), and resolves when the last one is closed and
   * removals under way are through. From its call on everything else rejects with a `PoolClosedError`.
   * Idempotent: each call returns the same promise.
   * @throws AggregateError when clients failed to close, after all were tried
   */
  close(): Promise<void> {
    this.#closing ??= this.#closeAll();
    return this.#closing;
  }

  /** The same as {@link close}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #check(name: string): void {
    if (this.#closing !== undefined) throw new PoolClosedError('client registry');
    if (typeof name !== 'string' || name === '')
      throw new InvalidOptionError('name', name, 'a non-empty string');
  }

  #create(name: string, options: TOptions): Promise<TClient> {
    let settle!: (client: Promise<TClient>) => void;
    const creation = new Promise<TClient>((resolve) => {
      settle = resolve;
    });
    const client = creation.catch((error: unknown) => {
      // Only its own entry: a creation that was removed may have a successor.
      if (this.#clients.get(name) === client) this.#clients.delete(name);
      throw error;
    });
    // Listed before it starts: a `create` that closes the registry, or asks for the name, must find itself.
    this.#clients.set(name, client);
    settle(this.#tryCreate(name, options));
    return client;
  }

  async #tryCreate(name: string, options: TOptions): Promise<TClient> {
    return this.#options.create(name, options);
  }

  async #closeOne(name: string, creation: Promise<TClient>): Promise<void> {
    let client: TClient;
    try {
      client = await creation;
    } catch {
      return; // Whoever asked for the client has the error.
    }
    await this.#options.close(client, name);
  }

  async #closeAll(): Promise<void> {
    const clients = [...this.#clients];
    this.#clients.clear();
    const results = await Promise.allSettled(clients.map(([name, client]) => this.#closeOne(name, client)));
    await Promise.all(this.#removals);
    const errors = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
    if (errors.length > 0) {
      throw new AggregateError(errors, `${errors.length} of ${clients.length} clients failed to close`);
    }
  }
}
