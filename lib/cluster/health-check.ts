import { bounded } from '../pool/bounded.js';
import { Cancellation } from '../pool/cancellation.js';
import { Timer } from '../pool/clock.js';
import type { Endpoint } from '../pool/endpoint.js';
import {
  ConnPoolError,
  describeMs,
  PoolExhaustedError,
  WaitQueueFullError,
  WaitTimeoutError,
} from '../pool/errors.js';
import type { TransportSource } from '../pool/transport-source.js';
import type { ClusterNode } from './cluster-node.js';

/** Options of active health checks. */
export interface HealthCheckOptions {
  /** Pause between a node's checks, in ms. Above 0. @default 10000 */
  intervalMs?: number | undefined;
  /** Longest a check may take, in ms; then it has failed. Above 0. @default 5000 */
  timeoutMs?: number | undefined;
  /**
   * Looks whether the endpoint works; throwing, rejecting or giving `false` means that it does not. Left out: a
   * connection is taken and given back, behind all calls that wait for one; nodes that are one shared client are
   * not checked then.
   */
  check?: ((endpoint: Endpoint, ctx: { signal: AbortSignal }) => unknown) | undefined;
  /** Failed checks in a row that make a node unavailable. An integer from 1. @default 1 */
  failsToMarkDown?: number | undefined;
  /** Passed checks in a row that make it available again. An integer from 1. @default 1 */
  passesToMarkUp?: number | undefined;
  /** Whether a passed check ends the node's ejection by outlier detection; otherwise it lasts its time. @default true */
  endsEjection?: boolean | undefined;
}

/** {@link HealthCheckOptions} with every default filled in. */
export interface ResolvedHealthCheck {
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly check: ((endpoint: Endpoint, ctx: { signal: AbortSignal }) => unknown) | undefined;
  readonly failsToMarkDown: number;
  readonly passesToMarkUp: number;
  readonly endsEjection: boolean;
}

/** What a check tells its cluster. */
export interface CheckHost<TClient> {
  /** `markedUp`: the node is available again. */
  checkPassed(node: ClusterNode<TClient>, markedUp: boolean): void;
  /** `markedDown`: this was one failure too many. */
  checkFailed(node: ClusterNode<TClient>, error: unknown, markedDown: boolean): void;
}

/** A check's connection comes after every caller's. */
const LAST = Number.MAX_SAFE_INTEGER;

/** Checks one node again and again. The first check comes at a random moment of the interval, so that they spread. */
export class HealthCheck<TClient> {
  readonly #node: ClusterNode<TClient>;
  readonly #options: ResolvedHealthCheck;
  readonly #host: CheckHost<TClient>;
  #timer: Timer | undefined;
  #running: Cancellation | undefined;
  #stopped = false;
  /** Passed checks in a row, or failed ones as a negative number. */
  #streak = 0;

  constructor(node: ClusterNode<TClient>, options: ResolvedHealthCheck, host: CheckHost<TClient>) {
    this.#node = node;
    this.#options = options;
    this.#host = host;
    this.#arm(Math.random() * options.intervalMs);
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
    this.#running?.abort(new ConnPoolError('ERR_HEALTH_CHECK', 'the node is gone'));
  }

  #arm(delayMs: number): void {
    this.#timer = new Timer(() => void this.#run(), delayMs, false);
  }

  async #run(): Promise<void> {
    this.#running = new Cancellation();
    let failure: { error: unknown } | undefined;
    try {
      await this.#check(this.#running);
    } catch (error) {
      failure = { error };
    }
    this.#running = undefined;
    if (this.#stopped) return;
    this.#arm(this.#options.intervalMs);
    if (failure === undefined) this.#passed();
    else if (!isBusy(failure.error)) this.#failed(failure.error);
  }

  #passed(): void {
    this.#streak = Math.max(0, this.#streak) + 1;
    const node = this.#node;
    const marksUp = node.checkFailed && this.#streak >= this.#options.passesToMarkUp;
    if (marksUp) node.setCheckFailed(false);
    this.#host.checkPassed(node, marksUp);
  }

  #failed(error: unknown): void {
    this.#streak = Math.min(0, this.#streak) - 1;
    const node = this.#node;
    node.lastError = error;
    const marksDown = !node.checkFailed && -this.#streak >= this.#options.failsToMarkDown;
    if (marksDown) node.setCheckFailed(true);
    this.#host.checkFailed(node, error, marksDown);
  }

  async #check(cancellation: Cancellation): Promise<void> {
    const { check, timeoutMs } = this.#options;
    const { endpoint, id, source } = this.#node;
    const timeoutError = () =>
      new ConnPoolError(
        'ERR_HEALTH_CHECK',
        `node '${id}': health check took longer than ${describeMs(timeoutMs)}`,
      );
    const bounds = { keepAlive: false, cancellation, timeoutError };
    if (check === undefined) {
      // Twice the time: a source that knows timeouts ends by itself, and says what it was waiting for.
      await bounded(() => takeConnection(source, timeoutMs, cancellation.signal), {
        ...bounds,
        ms: 2 * timeoutMs,
      });
      return;
    }
    const verdict = await bounded(() => check(endpoint, { signal: cancellation.signal }), {
      ...bounds,
      ms: timeoutMs,
    });
    if (verdict === false) {
      throw new ConnPoolError('ERR_HEALTH_CHECK', `node '${id}': health check gave false`);
    }
  }
}

async function takeConnection(
  source: TransportSource<unknown>,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<void> {
  const transport = await source.get({ timeoutMs, signal, priority: LAST });
  await transport.close();
}

/** Whether no connection was free: that is the pool's state, not the node's. */
function isBusy(error: unknown): boolean {
  return (
    error instanceof PoolExhaustedError ||
    error instanceof WaitQueueFullError ||
    (error instanceof WaitTimeoutError && (error.phase === 'queue' || error.phase === 'paused'))
  );
}
