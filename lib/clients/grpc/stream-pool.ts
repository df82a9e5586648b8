import { unwatchAbort, watchAbort } from '../../pool/abort-watch.js';
import { ConnPool } from '../../pool/conn-pool.js';
import { Deadline } from '../../pool/deadline.js';
import { InvalidOptionError, PoolClosedError } from '../../pool/errors.js';
import {
  type ConnPoolOptions,
  type GetOptions,
  type PoolLimits,
  pickLimits,
  type ResolvedLimits,
  resolveLimits,
  validateCloseOptions,
  validateGetOptions,
} from '../../pool/options.js';
import type { PoolStats } from '../../pool/stats.js';
import type { Transport } from '../../pool/transport.js';
import type { TransportSource } from '../../pool/transport-source.js';
import { SharedStreams } from './shared-streams.js';

/** The figures of a {@link StreamPool}; `inUse` and all other gauges count connections unless they say otherwise. */
export interface StreamPoolStats extends PoolStats {
  /** Callers that use a connection now. */
  streams: number;
  /** Most callers of one connection. */
  streamsPerConnection: number;
}

/** What the pool of connections must tell: that one failed, and that one is to be closed. */
export interface StreamHooks<TClient> {
  /** A connection has failed by itself. */
  lost(client: TClient): void;
  /** Runs `close` once nobody uses the client any more. */
  drained(client: TClient, close: () => Promise<void>): Promise<void>;
}

/**
 * Lends each connection of a pool to several callers at once, for protocols that multiplex. `maxActive` counts
 * connections, as few are in use as the callers need, and callers wait in order when all connections are full.
 *
 * A connection that fails, that a caller calls broken or that is past its lifetime takes no further callers and frees
 * its slot at once; those who use it go on, and it is closed when the last has given it back.
 */
export class StreamPool<TClient extends object> implements TransportSource<TClient>, AsyncDisposable {
  /** The pool of connections beneath: for its events and for `warmUp`. Close this pool, not that one. */
  readonly connections: ConnPool<TClient>;
  readonly #streamsPerConnection: number;
  readonly #streams: SharedStreams<TClient>;
  #given: PoolLimits;
  #limits: ResolvedLimits;
  #closed: Promise<void> | undefined;
  #onUnused: (() => void) | undefined;
  readonly #deadline = new Deadline(() => {
    this.#streams.cutAll();
    this.#onUnused?.();
  });

  /** Made by `grpcPool`. */
  constructor(
    streamsPerConnection: number,
    optionsFor: (hooks: StreamHooks<TClient>) => ConnPoolOptions<TClient>,
  ) {
    const options = optionsFor({
      lost: (client) => this.#streams.lost(client),
      drained: (client, close) => this.#streams.whenUnused(client, close),
    });
    this.connections = new ConnPool(options);
    this.#streamsPerConnection = streamsPerConnection;
    this.#given = pickLimits(options);
    this.#limits = resolveLimits(this.#given);
    const pool = this;
    this.#streams = new SharedStreams<TClient>(
      {
        name: this.name,
        connections: this.connections,
        get limits() {
          return pool.#limits;
        },
        stats: () => this.stats(),
        unused: () => this.#onUnused?.(),
      },
      streamsPerConnection,
    );
  }

  /** The pool's name. */
  get name(): string {
    return this.connections.name;
  }

  /**
   * Borrows a share of a connection: of one in use that has room, of an idle or new one, or, at the limit, the next
   * share that is given back.
   * @throws what `get` of a `ConnPool` throws
   */
  get(options?: GetOptions): Promise<Transport<TClient>> {
    this.#streams.counters.gets++;
    if (options !== undefined) {
      try {
        validateGetOptions(options);
        options.signal?.throwIfAborted();
      } catch (error) {
        return Promise.reject(error);
      }
    }
    const loan = this.#streams.lendNow();
    return loan === undefined ? this.#streams.wait(options) : Promise.resolve(loan);
  }

  /**
   * Borrows a share for one call. A signal that aborts while `fn` runs ends the call at once; what `fn` has sent goes
   * on until its deadline unless `fn` cancels it, as the connection is others' as well.
   * @throws what `get` throws and what `fn` throws
   */
  async do<R>(fn: (client: TClient) => R | PromiseLike<R>, options?: GetOptions): Promise<Awaited<R>> {
    if (typeof fn !== 'function') throw new InvalidOptionError('fn', fn, 'a function of the client');
    const loan = await this.get(options);
    const { client } = loan;
    const signal = options?.signal;
    let isBroken = false;
    try {
      signal?.throwIfAborted();
      return await (signal === undefined ? fn(client) : unlessAborted(signal, fn, client));
    } catch (error) {
      isBroken = signal?.aborted !== true && this.isBroken(error, client);
      throw error;
    } finally {
      void loan.close(isBroken);
    }
  }

  /** Whether a call that failed with `error` left its connection unusable. */
  isBroken(error: unknown, client: TClient): boolean {
    return this.connections.isBroken(error, client);
  }

  /** Dials until `count` connections are idle; see `ConnPool.warmUp`. */
  warmUp(count?: number): Promise<void> {
    return this.connections.warmUp(count);
  }

  /** Everything now open is stale: it takes no further callers, and is closed when nobody uses it. */
  invalidate(): void {
    this.connections.invalidate();
    this.#streams.retireAll();
  }

  /**
   * Changes limits and timings; see `ConnPool.configure`.
   * @throws InvalidOptionError; then nothing has changed
   */
  configure(limits: PoolLimits): void {
    this.connections.configure(limits);
    this.#given = { ...this.#given, ...limits };
    this.#limits = resolveLimits(this.#given);
    this.#streams.pump();
  }

  /** A snapshot of gauges, limits and counters. `gets`, `waits` and what else is counted per call counts callers. */
  stats(): StreamPoolStats {
    const { counters, waiting, inUse } = this.#streams;
    return {
      ...this.connections.stats(),
      ...counters,
      waiting,
      streams: inUse,
      streamsPerConnection: this.#streamsPerConnection,
    };
  }

  /**
   * Closes the pool. New and waiting `get`s reject with a `PoolClosedError`; connections are closed when nobody uses
   * them any more. Every call returns the same promise.
   * @param options `timeoutMs`: after this long, in ms, connections in use are closed too and their calls cancelled;
   * default: never. A later call may give them less time, not more.
   * @throws InvalidOptionError (as a rejection)
   */
  close(options: { timeoutMs?: number } = {}): Promise<void> {
    try {
      validateCloseOptions(options);
    } catch (error) {
      return Promise.reject(error);
    }
    this.#closed ??= this.#shutDown();
    this.#deadline.within(options.timeoutMs);
    return this.#closed;
  }

  /** The same as `close()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #shutDown(): Promise<void> {
    const streams = this.#streams;
    streams.isClosed = true;
    streams.line.rejectAll(new PoolClosedError(this.name));
    const connectionsClosed = this.connections.close();
    if (streams.inUse > 0) await this.#unused();
    this.#deadline.cancel();
    await connectionsClosed;
    await streams.closed();
  }

  /** Resolves when the last share is given back, or cut. */
  #unused(): Promise<void> {
    return new Promise((resolve) => {
      this.#onUnused = resolve;
    });
  }
}

/** Runs `fn`, but rejects with the signal's reason as soon as it aborts; what `fn` does after that is ignored. */
function unlessAborted<TClient, R>(
  signal: AbortSignal,
  fn: (client: TClient) => R | PromiseLike<R>,
  client: TClient,
): Promise<R> {
  return new Promise<R>((resolve, reject) => {
    const target = { signal, onAbort: reject };
    watchAbort(target);
    const settle = async () => fn(client);
    settle()
      .then(resolve, reject)
      .finally(() => unwatchAbort(target));
  });
}
