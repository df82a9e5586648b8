import { bounded } from './bounded.js';
import { Cancellation } from './cancellation.js';
import { checkOptions, functionRule, limitRule, type OptionRule, textRule } from './check-options.js';
import { Deadline } from './deadline.js';
import { ConnPoolError, describeMs, PoolClosedError, TransportClosedError } from './errors.js';
import { type GetOptions, validateCloseOptions, validateGetOptions } from './options.js';
import type { SourceStats } from './source-stats.js';
import { DONE, type Transport } from './transport.js';
import type { TransportSource } from './transport-source.js';

/** Options of {@link sharedClient}. */
export interface SharedClientOptions<TClient> {
  /** The source's name in statistics and errors. @default 'shared-N' */
  name?: string | undefined;
  /** Closes the client when the source is closed and the last borrower has given it back. Left out: nothing to do. */
  close?: ((client: TClient) => unknown) | undefined;
  /** Longest `close` waits for the callback above, in ms. Above 0, or Infinity. @default 5000 */
  closeTimeoutMs?: number | undefined;
}

/**
 * Lends one client object to all borrowers at once, for clients that multiplex or pool by themselves (an HTTP
 * client, a gRPC stub). There is nothing to wait for and a failed call never breaks it.
 * @throws InvalidOptionError
 */
export function sharedClient<TClient>(
  client: TClient,
  options: SharedClientOptions<TClient> = {},
): SharedClient<TClient> {
  return new SharedClient(client, options);
}

const SHARED_RULES: Record<keyof SharedClientOptions<unknown>, OptionRule> = {
  name: textRule,
  close: functionRule,
  closeTimeoutMs: limitRule,
};

let created = 0;

/** The source that {@link sharedClient} makes. */
export class SharedClient<TClient> implements TransportSource<TClient> {
  /** The source's name. */
  readonly name: string;
  /** The one client. */
  readonly client: TClient;
  readonly #close: ((client: TClient) => unknown) | undefined;
  readonly #closeTimeoutMs: number;
  /** Transports lent and not given back. */
  #loans = 0;
  #state: 'open' | 'closing' | 'closed' = 'open';
  #closed: Promise<void> | undefined;
  /** Set while `close` waits for the last loan. */
  #onLastReturn: (() => void) | undefined;
  readonly #deadline = new Deadline(() => this.#onLastReturn?.());

  constructor(client: TClient, options: SharedClientOptions<TClient>) {
    checkOptions('options', options, SHARED_RULES);
    created++;
    this.name = options.name ?? `shared-${created}`;
    this.client = client;
    this.#close = options.close;
    this.#closeTimeoutMs = options.closeTimeoutMs ?? 5_000;
  }

  /**
   * Lends the client without a promise.
   * @throws PoolClosedError
   */
  take(): Transport<TClient> {
    if (this.#state !== 'open') throw new PoolClosedError(this.name);
    this.#loans++;
    return new SharedTransport<TClient>(this);
  }

  async get(options?: GetOptions): Promise<Transport<TClient>> {
    if (options !== undefined) {
      validateGetOptions(options);
      options.signal?.throwIfAborted();
    }
    return this.take();
  }

  /** Never: what one call ran into says nothing about the others' use of the client. */
  isBroken(): boolean {
    return false;
  }

  stats(): SourceStats {
    const open = this.#state === 'closed' ? 0 : 1;
    const inUse = this.#loans > 0 ? open : 0;
    return {
      name: this.name,
      state: this.#state,
      open,
      idle: open - inUse,
      inUse,
      checking: 0,
      dialing: 0,
      closing: 0,
      waiting: 0,
      maxActive: 1,
      maxIdle: 1,
    };
  }

  /**
   * Stops lending, waits until the client is given back everywhere, then runs the close callback. After
   * `timeoutMs` (default: none; a later call may give less, not more) it waits no longer for borrowers. Each call
   * returns the same promise; it rejects when the callback fails or takes longer than `closeTimeoutMs`.
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

  /** Whether the client was closed, under whoever still held it. */
  get isClosed(): boolean {
    return this.#state === 'closed';
  }

  /** A transport came back; each one says so once. */
  takeBack(): void {
    this.#loans--;
    if (this.#loans === 0) this.#onLastReturn?.();
  }

  async #shutDown(): Promise<void> {
    this.#state = 'closing';
    if (this.#loans > 0) await this.#lastReturn();
    this.#deadline.cancel();
    this.#state = 'closed';
    const close = this.#close;
    if (close === undefined) return;
    await bounded(() => close(this.client), {
      ms: this.#closeTimeoutMs,
      keepAlive: true,
      cancellation: new Cancellation(),
      timeoutError: () =>
        new ConnPoolError(
          'ERR_CLOSE_TIMEOUT',
          `shared client '${this.name}': close took longer than ${describeMs(this.#closeTimeoutMs)}`,
        ),
    });
  }

  #lastReturn(): Promise<void> {
    return new Promise((resolve) => {
      this.#onLastReturn = resolve;
    });
  }
}

class SharedTransport<TClient> implements Transport<TClient> {
  #source: SharedClient<TClient>;
  #held = true;

  constructor(source: SharedClient<TClient>) {
    this.#source = source;
  }

  get client(): TClient {
    if (!this.#held || this.#source.isClosed) throw new TransportClosedError(this.#source.name);
    return this.#source.client;
  }

  close(): Promise<void> {
    if (this.#held) {
      this.#held = false;
      this.#source.takeBack();
    }
    return DONE;
  }

  /** No effect: the others go on using the client. */
  markBroken(): void {}

  /** Gives the client back like `close`; a client that is everybody's cannot be taken out. */
  detach(): TClient {
    const { client } = this;
    void this.close();
    return client;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
