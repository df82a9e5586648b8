import { EventEmitter } from 'node:events';
import { unwatchAbort, watchAbort } from './abort-watch.js';
import { Engine } from './engine.js';
import { describeError, InvalidOptionError, PoolClosedError } from './errors.js';
import type { ConnPoolEvents, Emit } from './events.js';
import {
  type ConnPoolOptions,
  type GetOptions,
  type PoolLimits,
  pickLimits,
  resolveLimits,
  validateCloseOptions,
  validateGetOptions,
  validateLimits,
  validateOptions,
} from './options.js';
import { Shutdown } from './shutdown.js';
import type { PoolStats } from './stats.js';
import { PooledTransport, type Transport } from './transport.js';
import type { TransportSource } from './transport-source.js';

let poolsMade = 0;

/**
 * Keeps connections to one endpoint ready. You bring three callbacks (dial, heartbeat, close), the pool does the
 * rest: it dials on demand, lends each connection to one caller at a time, heartbeats what has been idle, closes
 * what is broken, old or superfluous, and tells every caller within its deadline what it got.
 *
 * @example
 * const pool = new ConnPool({
 *   dial: ({ signal }) => connect({ signal }),
 *   heartbeat: (client) => client.ping(),
 *   close: (client) => client.end(),
 *   maxActive: 10,
 * });
 * const answer = await pool.do((client) => client.echo('hello'));
 */
export class ConnPool<TClient, TMeta = undefined>
  extends EventEmitter<ConnPoolEvents<TClient>>
  implements TransportSource<TClient>, AsyncDisposable
{
  readonly #engine: Engine<TClient, TMeta>;
  readonly #options: ConnPoolOptions<TClient, TMeta>;
  #limits: PoolLimits;
  #shutdown: Shutdown<TClient, TMeta> | undefined;

  /** @throws InvalidOptionError for an unknown option, a value that is not allowed or a contradiction */
  constructor(options: ConnPoolOptions<TClient, TMeta>) {
    super();
    validateOptions(options);
    this.#options = bindCallbacks(options);
    this.#limits = pickLimits(options);
    const name = options.name ?? `pool-${++poolsMade}`;
    this.#engine = new Engine(name, this.#options, resolveLimits(this.#limits), this.#emitSafely, () =>
      this.#shutdown?.check(),
    );
    this.#engine.upkeep.balance();
  }

  /** The pool's name. */
  get name(): string {
    return this.#engine.name;
  }

  /**
   * Borrows a connection: an idle one, a new one, or, at the limit, the next one given back.
   * @throws InvalidOptionError, PoolClosedError, PoolExhaustedError, WaitQueueFullError, WaitTimeoutError,
   * DialError (as rejections); an aborted signal rejects with its own `reason`
   */
  get(options?: GetOptions): Promise<Transport<TClient>> {
    const engine = this.#engine;
    engine.counters.gets++;
    if (options !== undefined) {
      try {
        validateGetOptions(options);
        if (options.signal?.aborted === true) return Promise.reject(options.signal.reason);
      } catch (error) {
        return Promise.reject(error);
      }
    }
    const transport = engine.lendFresh();
    return transport === undefined ? engine.wait(options) : Promise.resolve(transport);
  }

  /** Borrows what is idle and fresh right now; never dials, checks or waits, and never passes those who do. */
  tryGet(): Transport<TClient> | undefined {
    const transport = this.#engine.lendFresh();
    if (transport !== undefined) this.#engine.counters.gets++;
    return transport;
  }

  /**
   * Borrows a connection for one call. It is given back when `fn` ends, or destroyed when `fn` fails with an
   * error that `isBroken` takes for one of the connection. A signal that aborts while `fn` runs ends the call at
   * once and destroys the connection: its answer is still outstanding. `fn` must not wait for this pool's `close()`,
   * which waits for `fn`.
   * @throws what `get` throws and what `fn` throws
   */
  async do<R>(fn: (client: TClient) => R | PromiseLike<R>, options?: GetOptions): Promise<Awaited<R>> {
    if (typeof fn !== 'function') throw new InvalidOptionError('fn', fn, 'a function of the client');
    const transport = await this.get(options);
    const { client } = transport;
    const signal = options?.signal;
    if (hasAborted(signal)) {
      void transport.close();
      throw signal?.reason;
    }
    try {
      const result = await (signal === undefined ? fn(client) : unlessAborted(signal, () => fn(client)));
      void transport.close();
      return result;
    } catch (error) {
      void transport.close(hasAborted(signal) || this.isBroken(error, client));
      throw error;
    }
  }

  /** Gives a transport back; the same as `transport.close()`. */
  put(transport: Transport<TClient>): Promise<void> {
    if (!(transport instanceof PooledTransport) || !transport.isOf(this.#engine)) {
      return Promise.reject(
        new InvalidOptionError('transport', transport, `a transport of pool '${this.name}'`),
      );
    }
    return transport.close();
  }

  /**
   * Dials until `count` connections are idle, as far as `maxIdle` and `maxActive` allow. Resolves when the dials
   * it needed have ended well; a connection that is lent, closed or invalidated before that is not dialed again.
   * @param count default `minIdle`
   * @throws DialError, PoolClosedError, InvalidOptionError (as rejections)
   */
  async warmUp(count?: number): Promise<void> {
    const engine = this.#engine;
    const wanted = count ?? engine.limits.minIdle;
    if (!Number.isSafeInteger(wanted) || wanted < 0) {
      throw new InvalidOptionError('count', count, 'an integer from 0');
    }
    if (this.#shutdown !== undefined) throw new PoolClosedError(this.name);
    engine.dials.requestFills(wanted, false);
    const pending = engine.dials.pendingFills();
    await Promise.all(pending.map((fill) => fill.done));
  }

  /** Declares everything now open stale: idle connections are closed now, borrowed ones on return. */
  invalidate(): void {
    const engine = this.#engine;
    engine.generation++;
    for (const conn of [...engine.all]) {
      if (conn.state === 'idle' || conn.state === 'checking') void engine.destroy(conn, 'invalidated');
    }
  }

  /**
   * Changes limits and timings at run time; `undefined` goes back to the default. What is over a new limit is
   * closed at once when idle, on return when borrowed. Dials under way go on: those who wait are still served by
   * them.
   * @throws InvalidOptionError; then nothing has changed
   */
  configure(limits: PoolLimits): void {
    validateLimits(limits);
    const merged = { ...this.#limits, ...limits };
    const engine = this.#engine;
    engine.limits = resolveLimits(merged);
    this.#limits = merged;
    engine.upkeep.reconfigured();
    engine.pump();
  }

  /** From now on `get` queues, whatever `wait` says. Dials under way end, nothing is closed. */
  pause(): void {
    if (this.#engine.state === 'open') this.#engine.state = 'paused';
  }

  /** Serves those who queued while the pool was paused. */
  resume(): void {
    if (this.#engine.state !== 'paused') return;
    this.#engine.state = 'open';
    this.#engine.pump();
  }

  /** Whether a call that failed with `error` broke its connection; the option of the same name decides. */
  isBroken(error: unknown, client: TClient): boolean {
    const judge: ((error: unknown, client: TClient) => unknown) | undefined = this.#options.isBroken;
    if (judge === undefined) return true;
    try {
      const verdict = judge(error, client);
      // An async judge comes too late to be heard; its rejection must not surface either.
      if (typeof verdict === 'object') Promise.resolve(verdict).catch(() => {});
      return verdict !== false;
    } catch {
      // The caller hears of its own error, not of the judge's; what cannot be judged is not lent again.
      return true;
    }
  }

  /** A snapshot of gauges, limits and counters. */
  stats(): PoolStats {
    const { counters } = this.#engine;
    return { ...this.#engine.stats(), ...counters, closed: { ...counters.closed } };
  }

  /**
   * Closes the pool. New and waiting `get`s reject with a `PoolClosedError`, idle connections are closed now,
   * borrowed ones on return; dials under way are aborted. Resolves when the last one is closed. Every call
   * returns the same promise.
   * @param options `timeoutMs`: after this long, in ms, borrowed connections are closed too; default: never. A later
   * call may give them less time, not more.
   * @throws InvalidOptionError (as a rejection)
   */
  close(options: { timeoutMs?: number } = {}): Promise<void> {
    try {
      validateCloseOptions(options);
    } catch (error) {
      return Promise.reject(error);
    }
    if (this.#shutdown === undefined) {
      this.#shutdown = new Shutdown(this.#engine);
      this.#shutdown.start();
    }
    this.#shutdown.limit(options.timeoutMs);
    return this.#shutdown.done;
  }

  /** The same as `close()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** A listener that throws must not leave the pool half way through a transition. */
  readonly #emitSafely: Emit<TClient> = (event, ...args) => {
    try {
      (this.emit as (event: string, ...args: unknown[]) => boolean)(event, ...args);
    } catch (error) {
      process.emitWarning(error instanceof Error ? error : describeError(error));
    }
  };
}

/** A copy that later changes of the caller's object do not reach; callbacks keep their `this`. */
function bindCallbacks<TClient, TMeta>(
  options: ConnPoolOptions<TClient, TMeta>,
): ConnPoolOptions<TClient, TMeta> {
  return Object.freeze({
    dial: options.dial.bind(options),
    heartbeat: options.heartbeat?.bind(options),
    close: options.close.bind(options),
    isBroken: options.isBroken?.bind(options),
    meta: options.meta,
  });
}

function hasAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}

/** Runs `fn`, but rejects with the signal's reason as soon as it aborts; what `fn` does after that is ignored. */
function unlessAborted<R>(signal: AbortSignal, fn: () => R | PromiseLike<R>): Promise<R> {
  return new Promise<R>((resolve, reject) => {
    const target = { signal, onAbort: reject };
    watchAbort(target);
    const settle = async () => fn();
    settle()
      .then(resolve, reject)
      .finally(() => unwatchAbort(target));
  });
}
