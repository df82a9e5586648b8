import { type AbortTarget, unwatchAbort, watchAbort } from '../pool/abort-watch.js';
import { Timer } from '../pool/clock.js';
import { ConnPool } from '../pool/conn-pool.js';
import { WaitTimeoutError } from '../pool/errors.js';
import type { GetOptions } from '../pool/options.js';
import { SharedClient } from '../pool/shared-client.js';
import type { Transport } from '../pool/transport.js';
import type { TransportSource } from '../pool/transport-source.js';
import { GuardedTransport } from './guarded-transport.js';

/**
 * Takes a transport, in time: a source of somebody else's making may ignore the signal and the time limit it is
 * given. What it gives too late is given back; `onCloseError` is told when giving back fails.
 */
export function boundedGet<TClient>(
  source: TransportSource<TClient>,
  options: GetOptions | undefined,
  onCloseError: (error: unknown) => void,
): Promise<Transport<TClient>> {
  if (source instanceof ConnPool || source instanceof SharedClient) return source.get(options);
  const take = async () => new GuardedTransport(await source.get(options), onCloseError);
  if (options === undefined) return take();
  return new Promise((resolve, reject) => new BoundedGet(source, options, resolve, reject).start(take));
}

class BoundedGet<TClient> implements AbortTarget {
  readonly signal: AbortSignal | undefined;
  readonly #timer: Timer;
  #over = false;

  constructor(
    source: TransportSource<TClient>,
    options: GetOptions,
    private readonly resolve: (transport: Transport<TClient>) => void,
    private readonly reject: (error: unknown) => void,
  ) {
    this.signal = options.signal;
    const { timeoutMs = Infinity } = options;
    this.#timer = new Timer(
      () => this.onAbort(new WaitTimeoutError(source.stats(), timeoutMs, 'queue', undefined)),
      timeoutMs === 0 ? Infinity : timeoutMs,
      true,
    );
  }

  start(take: () => Promise<Transport<TClient>>): void {
    watchAbort(this);
    take().then(
      (transport) => {
        if (this.#over) return void transport.close();
        this.#end();
        this.resolve(transport);
      },
      (error: unknown) => this.onAbort(error),
    );
  }

  onAbort(reason: unknown): void {
    if (this.#over) return;
    this.#end();
    this.reject(reason);
  }

  #end(): void {
    this.#over = true;
    this.#timer.cancel();
    unwatchAbort(this);
  }
}
