import type { Call } from '../middleware/middleware.js';
import { InvalidOptionError } from '../pool/errors.js';
import type { Node } from '../pool/node.js';
import type { TransportSource } from '../pool/transport-source.js';
import { unlessAborted } from './abort-race.js';
import type { ClusterCore } from './cluster-core.js';
import { type Connected, ConnectionSearch } from './connection-search.js';
import { type DoOptions, validateDoOptions } from './do-options.js';
import type { Lease } from './lease.js';
import { outcomeOfCall } from './outcome.js';

/** A call's function. */
export type CallFunction<TClient, R> = (client: TClient, call: Call<TClient>) => R | PromiseLike<R>;

/** What middleware and the caller's function see of a call. */
class RunningCall<TClient> implements Call<TClient> {
  client: TClient | undefined;
  signal: AbortSignal | undefined;
  method: string | undefined;
  label: string | undefined;
  attempt = 1;

  constructor(
    public node: Node<TClient>,
    options: DoOptions | undefined,
  ) {
    this.client = undefined;
    this.signal = options?.signal;
    this.method = options?.method;
    this.label = options?.label;
  }
}

/** One `do()`: pick a node, run the middleware, take a connection, run the function, account for it. */
export class CallRun<TClient, R> {
  readonly #core: ClusterCore<TClient>;
  readonly #fn: CallFunction<TClient, R>;
  readonly #options: DoOptions | undefined;
  readonly #search: ConnectionSearch<TClient>;
  /** The stay at the node that was picked before the middleware ran, until the first attempt takes it over. */
  #reserved: Lease<TClient> | undefined;
  #attempts = 0;

  constructor(core: ClusterCore<TClient>, fn: CallFunction<TClient, R>, options: DoOptions | undefined) {
    this.#core = core;
    this.#fn = fn;
    this.#options = options;
    this.#search = new ConnectionSearch(core, options);
  }

  async run(): Promise<Awaited<R>> {
    const core = this.#core;
    const options = this.#options;
    if (typeof this.#fn !== 'function') throw new InvalidOptionError('fn', this.#fn, 'a function');
    if (options !== undefined) {
      validateDoOptions(options);
      options.signal?.throwIfAborted();
    }
    core.callBegan();
    try {
      const lease = this.#search.start() ?? (await this.#search.startLater());
      this.#reserved = lease;
      const call = new RunningCall<TClient>(lease.node, options);
      return (await (core.chain === undefined ? this.#attempt(call) : this.#runChain(call))) as Awaited<R>;
    } catch (error) {
      throw core.rejection(error, options?.signal);
    } finally {
      // Middleware that never came to its next() has sent nothing to the node.
      this.#reserved?.end('neutral');
      core.callEnded();
    }
  }

  #runChain(call: RunningCall<TClient>): Promise<unknown> {
    const chain = this.#core.chain!;
    call.client = this.#reserved?.node.shared?.client;
    const run = () => chain(call, (view) => this.#attempt(view));
    const signal = this.#options?.signal;
    // Middleware may not know the signal, or not obey it.
    return signal === undefined ? run() : unlessAborted(signal, run);
  }

  /** The innermost `next()`: one attempt, on the first node that gives a connection. */
  async #attempt(call: Call<TClient>): Promise<Awaited<R>> {
    call.signal?.throwIfAborted();
    call.attempt = ++this.#attempts;
    const lease = this.#takeReserved() ?? this.#search.startAgain();
    const connected = await this.#search.connect(lease, call.signal, (node) => {
      call.node = node;
      call.client = node.shared?.client;
    });
    return this.#call(connected, call);
  }

  #takeReserved(): Lease<TClient> | undefined {
    const lease = this.#reserved;
    this.#reserved = undefined;
    return lease;
  }

  async #call({ lease, transport }: Connected<TClient>, call: Call<TClient>): Promise<Awaited<R>> {
    const { signal } = call;
    if (isAborted(signal)) {
      // Nothing was sent on the connection, so it is as good as before.
      void transport.close();
      lease.end('neutral');
      throw signal?.reason;
    }
    const fn = this.#fn;
    let client: TClient | undefined;
    try {
      client = transport.client;
      call.client = client;
      lease.served();
      const result = await (signal === undefined
        ? fn(client, call)
        : runUnlessAborted(signal, fn, client, call));
      void transport.close();
      lease.end('success');
      return result;
    } catch (error) {
      // An aborted call is still outstanding on its connection.
      void transport.close(isAborted(signal) || breaks(lease.node.source, error, client));
      lease.end(outcomeOfCall(error, signal, this.#core.options.isFailure), error);
      throw error;
    }
  }
}

/** As a function, because the answer changes between two questions. */
function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}

/** A function of its own, so that calls without a signal create no closure. */
function runUnlessAborted<TClient, R>(
  signal: AbortSignal,
  fn: CallFunction<TClient, R>,
  client: TClient,
  call: Call<TClient>,
): Promise<Awaited<R>> {
  return unlessAborted(signal, () => fn(client, call));
}

/** Whether the failed call leaves its connection unusable; a source that cannot say so gets it back as broken. */
function breaks<TClient>(
  source: TransportSource<TClient>,
  error: unknown,
  client: TClient | undefined,
): boolean {
  try {
    return client === undefined || source.isBroken(error, client);
  } catch {
    return true;
  }
}
