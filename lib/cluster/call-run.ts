import type { Call } from '../middleware/middleware.js';
import { InvalidOptionError, PoolClosedError } from '../pool/errors.js';
import type { Node } from '../pool/node.js';
import type { TransportSource } from '../pool/transport-source.js';
import { unlessAborted } from './abort-race.js';
import { ChainWatch } from './chain-watch.js';
import type { ClusterCore } from './cluster-core.js';
import { type Connected, ConnectionSearch } from './connection-search.js';
import { type DoOptions, validateDoOptions } from './do-options.js';
import type { Lease } from './lease.js';
import { LinkedSignal } from './linked-signal.js';
import { type Outcome, outcomeOfAbort, outcomeOfCall } from './outcome.js';
import { MISSING_METHOD } from './pooled-missing-method.js';

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
  /** Set once the middleware chain runs. */
  #watch: ChainWatch | undefined;
  #attempts = 0;
  #attemptsUnderWay = 0;

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
      const lease = this.#search.start() ?? (await this.#search.startLater(options?.signal));
      this.#reserved = lease;
      const call = new RunningCall<TClient>(lease.node, options);
      return (await (core.chain === undefined
        ? this.#attempt(call, options?.signal)
        : this.#runChain(call))) as Awaited<R>;
    } catch (error) {
      throw core.rejection(error, options?.signal);
    } finally {
      // Middleware that never came to its next() has sent nothing to the node.
      this.#takeReserved()?.end('neutral');
      core.callEnded();
    }
  }

  async #runChain(call: RunningCall<TClient>): Promise<unknown> {
    const core = this.#core;
    const chain = core.chain!;
    const callers = this.#options?.signal;
    // A balancer, or the wait for a node, may have seen it abort.
    callers?.throwIfAborted();
    const watch = new ChainWatch(callers, core.signalToShare());
    this.#watch = watch;
    call.client = this.#reserved?.node.shared?.client;
    call.signal = watch.given;
    core.chainEntered(this);
    try {
      return await watch.run(() => chain(call, (view) => this.#attemptInChain(view)));
    } finally {
      core.chainLeft(this);
    }
  }

  /** A closing cluster waits no longer: middleware gives up. An attempt under way ends with its connection. */
  cut(): void {
    this.#watch?.cut(new PoolClosedError(this.#core.name), this.#attemptsUnderWay === 0);
  }

  /** The innermost `next()`. */
  async #attemptInChain(view: Call<TClient>): Promise<Awaited<R>> {
    this.#attemptsUnderWay++;
    try {
      return await this.#attemptOf(view);
    } finally {
      this.#attemptsUnderWay--;
    }
  }

  /** An attempt under what middleware made of the call's signal; the caller's own bounds it all the same. */
  async #attemptOf(view: Call<TClient>): Promise<Awaited<R>> {
    const callers = this.#options?.signal;
    // What was made for the middleware ends with it, while what the function gives may hang on the caller's for longer.
    if (view.signal === this.#watch?.given) view.signal = callers;
    const { signal } = view;
    if (callers === undefined || signal === undefined || signal === callers) {
      return this.#attempt(view, signal ?? callers);
    }
    callers.throwIfAborted();
    signal.throwIfAborted();
    const both = new LinkedSignal([callers, signal]);
    try {
      return await this.#attempt(view, both.signal);
    } finally {
      both.unlink();
    }
  }

  /** One attempt, on the first node that gives a connection. */
  async #attempt(call: Call<TClient>, signal: AbortSignal | undefined): Promise<Awaited<R>> {
    signal?.throwIfAborted();
    call.attempt = ++this.#attempts;
    let lease = this.#takeReserved() ?? this.#search.startAgain();
    if (!lease.holds) lease = await this.#moveOff(lease, signal);
    const connected = await this.#search.connect(lease, signal, (node) => {
      call.node = node;
      call.client = node.shared?.client;
    });
    return this.#call(connected, call, signal);
  }

  #takeReserved(): Lease<TClient> | undefined {
    const lease = this.#reserved;
    this.#reserved = undefined;
    return lease;
  }

  /** Middleware let the call wait until its node took no more calls: it is sent anew, as if it came now. */
  async #moveOff(lease: Lease<TClient>, signal: AbortSignal | undefined): Promise<Lease<TClient>> {
    lease.end('neutral');
    return this.#search.start() ?? (await this.#search.startLater(signal));
  }

  async #call(
    { lease, transport }: Connected<TClient>,
    call: Call<TClient>,
    signal: AbortSignal | undefined,
  ): Promise<Awaited<R>> {
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
      lease.end(result === MISSING_METHOD ? 'neutral' : 'success');
      return result;
    } catch (error) {
      // An aborted call is still outstanding on its connection.
      void transport.close(isAborted(signal) || breaks(lease.node.source, error, client));
      lease.end(this.#outcomeOf(error, signal), error);
      this.#search.failed(error);
      throw error;
    }
  }

  #outcomeOf(error: unknown, signal: AbortSignal | undefined): Outcome {
    const { isFailure } = this.#core.options;
    return signal?.aborted === true
      ? outcomeOfAbort(signal.reason, this.#options?.signal, isFailure)
      : outcomeOfCall(error, isFailure);
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
