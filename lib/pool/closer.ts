import { bounded } from './bounded.js';
import { Cancellation } from './cancellation.js';
import { ConnPoolError, describeMs } from './errors.js';
import type { Emit } from './events.js';
import type { CloseReason, ConnPoolOptions, ResolvedLimits } from './options.js';
import type { Counters } from './stats.js';
import { closeChannel } from './tracing.js';

/** What closing needs of its pool. */
export interface CloseHost<TClient, TMeta> {
  readonly name: string;
  readonly options: ConnPoolOptions<TClient, TMeta>;
  readonly limits: ResolvedLimits;
  readonly counters: Counters;
  readonly emit: Emit<TClient>;
}

/** Runs the close callbacks and knows which are still running. */
export class Closer<TClient, TMeta> {
  readonly #host: CloseHost<TClient, TMeta>;
  readonly #onIdle: () => void;
  /** Close callbacks under way. */
  pending = 0;

  /** `onIdle` is called whenever the last close callback has ended. */
  constructor(host: CloseHost<TClient, TMeta>, onIdle: () => void) {
    this.#host = host;
    this.#onIdle = onIdle;
  }

  /** Closes a client; resolves when its callback has ended or run out of time, and never rejects. */
  async close(client: TClient, reason: CloseReason, error: unknown): Promise<void> {
    const { name, options, limits, counters, emit } = this.#host;
    this.pending++;
    counters.closed[reason]++;
    if (closeChannel.hasSubscribers) closeChannel.publish({ pool: name, client, reason });
    emit('close', client, reason);
    const meta = options.meta as TMeta;
    const { closeTimeoutMs } = limits;
    try {
      await bounded(
        () => options.close(client, error === undefined ? { meta, reason } : { meta, reason, error }),
        {
          ms: closeTimeoutMs,
          // Somebody may be awaiting the close, and it ends by itself.
          keepAlive: true,
          cancellation: new Cancellation(),
          timeoutError: () =>
            new ConnPoolError(
              'ERR_CLOSE_TIMEOUT',
              `pool '${name}': close took longer than ${describeMs(closeTimeoutMs)}`,
            ),
        },
      );
    } catch (failure) {
      emit('closeError', failure, client);
    }
    this.pending--;
    if (this.pending === 0) this.#onIdle();
  }
}
