import { EventEmitter } from 'node:events';
import createDebug from 'debug';
import type { Middleware } from '../middleware/middleware.js';
import { checkOptions, functionRule, type OptionRule, required, textRule } from '../pool/check-options.js';
import { Deadline } from '../pool/deadline.js';
import { type Endpoint, validateEndpoint } from '../pool/endpoint.js';
import { validateCloseOptions, validateGetOptions } from '../pool/options.js';
import { sharedClient } from '../pool/shared-client.js';
import type { Transport } from '../pool/transport.js';
import { type CallFunction, CallRun } from './call-run.js';
import { ClusterCore } from './cluster-core.js';
import type { ClusterEvents, EmitClusterEvent } from './cluster-events.js';
import { ClusterNode } from './cluster-node.js';
import { type ClusterOptions, resolveClusterOptions } from './cluster-options.js';
import type { ClusterStats } from './cluster-stats.js';
import { ClusterTransport } from './cluster-transport.js';
import { ConnectionSearch } from './connection-search.js';
import { type DoOptions, validateDoOptions } from './do-options.js';

const log = createDebug('connpool:cluster');

/** Options of `addClient`. */
export interface AddClientOptions<TClient> {
  /** Names the node. */
  id: string;
  /** Its share of the calls. Missing or not above 0 means 1. @default 1 */
  weight?: number | undefined;
  /** Closes the client once it was removed, or the cluster closed, and its last call has ended. */
  close?: ((client: TClient) => unknown) | undefined;
}

/**
 * Spreads calls over many endpoints. Each is a node with a source of clients of its own (a pool, or one shared
 * client) and a breaker; a balancer picks among the available ones, middleware wraps the calls, discovery brings
 * nodes and takes them away.
 *
 * @example
 * const cluster = new Cluster({
 *   discovery: staticDiscovery([{ id: 'a', host: '127.0.0.1', port: 7000 }]),
 *   connect: ({ host, port }) => tcpPool({ host, port }),
 *   balancer: 'leastLoaded',
 * });
 * const answer = await cluster.do((client) => client.echo('hello'), { timeoutMs: 1_000 });
 */
export class Cluster<TClient> extends EventEmitter<ClusterEvents<TClient>> implements AsyncDisposable {
  readonly #core: ClusterCore<TClient>;
  #closed: Promise<void> | undefined;
  readonly #deadline = new Deadline(() => this.#core.cut());

  /** @throws InvalidOptionError for an unknown option, a value that is not allowed or a contradiction */
  constructor(options: ClusterOptions<TClient> = {}) {
    super();
    this.#core = new ClusterCore(resolveClusterOptions(options), this.#emitSafely);
  }

  /** The cluster's name. */
  get name(): string {
    return this.#core.name;
  }

  /**
   * Adds a client object that all callers share, as a node.
   * @throws InvalidOptionError, for a taken id too; PoolClosedError
   */
  addClient(client: TClient, options: AddClientOptions<TClient>): void {
    checkOptions('options', options, ADD_CLIENT_RULES);
    this.#core.refuseClosed();
    const { id, weight, close } = options;
    const source = sharedClient(client, { name: `${this.name}/${id}`, close });
    this.#core.membership.add({ id, weight }, source, 'user');
  }

  /**
   * Adds an endpoint; `connect` makes its source of clients.
   * @throws InvalidOptionError, for a taken id too; PoolClosedError; what `connect` throws
   */
  addEndpoint(endpoint: Endpoint): void {
    validateEndpoint(endpoint);
    this.#core.refuseClosed();
    this.#core.membership.addEndpoint({ ...endpoint }, 'user');
  }

  /**
   * Removes an endpoint or client. No new call reaches it, those in flight finish, then its connections are
   * closed and the promise resolves; at once for an id that is not there. What discovery named comes back with
   * its next list that has it.
   */
  removeEndpoint(id: string): Promise<void> {
    return this.#core.membership.remove(id);
  }

  /**
   * Wraps all calls from now on; what is registered first is outermost.
   * @throws InvalidOptionError for a middleware that is not a function
   */
  use(middleware: Middleware<TClient>): this {
    this.#core.use(middleware);
    return this;
  }

  /**
   * Sends one call to a node. A node that gives no connection is passed over for the next one; an error of `fn` is
   * not retried, unless a `retry` middleware does so.
   * @throws NoAvailableClientError, PoolClosedError, InvalidOptionError, what middleware and `fn` throw (as
   * rejections); an aborted signal rejects with its own `reason`
   */
  do<R>(fn: CallFunction<TClient, R>, options?: DoOptions): Promise<Awaited<R>> {
    return new CallRun(this.#core, fn, options).run();
  }

  /**
   * Borrows a connection of some node, as `do` does but without middleware. Closing the transport tells the node's
   * breaker how it went: `close()` is a success, `close(true)` and `markBroken(error)` are failures, unless
   * `isFailure` says otherwise of the error.
   * @throws NoAvailableClientError, PoolClosedError, InvalidOptionError (as rejections); an aborted signal rejects
   * with its own `reason`
   */
  async get(options?: DoOptions): Promise<Transport<TClient>> {
    const core = this.#core;
    if (options !== undefined) {
      validateDoOptions(options);
      options.signal?.throwIfAborted();
    }
    core.callBegan();
    try {
      const search = new ConnectionSearch(core, options);
      const lease = search.start() ?? (await search.startLater(options?.signal));
      const connected = await search.connect(lease, options?.signal, () => {});
      return new ClusterTransport(connected, core.options.isFailure, () => core.callEnded());
    } catch (error) {
      core.callEnded();
      throw core.rejection(error, options?.signal);
    }
  }

  /**
   * Resolves once a healthy node takes calls.
   * @param options `timeoutMs`: how long to wait, in ms; 0 = no limit; default 30000
   * @throws NoAvailableClientError at the deadline, saying why; PoolClosedError (as rejections)
   */
  async ready(
    options: { timeoutMs?: number | undefined; signal?: AbortSignal | undefined } = {},
  ): Promise<void> {
    validateGetOptions(options);
    await this.#core.ready(options.signal, options.timeoutMs);
  }

  /** A snapshot of the cluster and its nodes. */
  stats(): ClusterStats {
    return this.#core.stats();
  }

  /**
   * Closes the cluster. New calls, and those that wait for a node, reject with a `PoolClosedError`; calls under
   * way end, then every node's connections are closed. Every call returns the same promise.
   * @param options `timeoutMs`: after this long, in ms, connections in use are closed too, and calls that wait in
   * middleware reject with a `PoolClosedError`; default: never. A later call may give them less time, not more.
   * @throws InvalidOptionError (as a rejection)
   */
  close(options: { timeoutMs?: number | undefined } = {}): Promise<void> {
    try {
      validateCloseOptions(options);
    } catch (error) {
      return Promise.reject(error);
    }
    this.#closed ??= this.#core.close().then(() => this.#deadline.cancel());
    this.#deadline.within(options.timeoutMs);
    return this.#closed;
  }

  /** The same as `close()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** A listener that throws must not leave the cluster half way through a transition. */
  readonly #emitSafely: EmitClusterEvent<TClient> = (event, ...args) => {
    if (log.enabled) log('%s: %s %o', this.name, event, args.map(asLogged));
    try {
      (this.emit as (event: string, ...args: unknown[]) => boolean)(event, ...args);
    } catch (error) {
      process.emitWarning(error instanceof Error ? error : String(error));
    }
  };
}

function asLogged(argument: unknown): unknown {
  return argument instanceof ClusterNode ? argument.id : argument;
}

const ADD_CLIENT_RULES: Record<keyof AddClientOptions<unknown>, OptionRule> = {
  id: required(textRule),
  weight: { allowed: 'a finite number', accepts: (v) => Number.isFinite(v) },
  close: functionRule,
};
