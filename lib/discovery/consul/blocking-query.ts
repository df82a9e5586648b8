import { TokenBucket } from 'limiter';
import { pause } from '../retry-pause.js';
import type { ConsulAnswer, ConsulHttp } from './consul-http.js';

/** Questions that may follow each other at once after a quiet time. */
const BURST = 2;
/** Questions a second in the long run, answered or not. */
const PER_SECOND = 2;
/** How long Consul, and what lies between, may take on top of the wait, ms. */
const ANSWER_MS = 10_000;

/**
 * Asks Consul for something again and again; Consul holds each question until its answer has changed, or `waitMs`
 * have passed. However often the answer changes, the questions keep their pace.
 */
export class BlockingQuery {
  readonly #http: ConsulHttp;
  readonly #path: string;
  readonly #query: URLSearchParams;
  readonly #waitMs: number;
  readonly #bucket = new TokenBucket({
    bucketSize: BURST,
    tokensPerInterval: PER_SECOND,
    interval: 'second',
  });
  /** The state of Consul that the last answer showed; 0 asks for the present one. */
  #index = 0n;

  constructor(http: ConsulHttp, path: string, query: URLSearchParams, waitMs: number) {
    this.#http = http;
    this.#path = path;
    this.#query = query;
    this.#waitMs = waitMs;
    this.#bucket.content = BURST;
  }

  /**
   * The next answer. That there is one does not mean that it differs from the last.
   * @param background whether the process may end while it is outstanding
   * @throws ConsulError; the signal's reason when that aborts before Consul was asked
   */
  async next(signal: AbortSignal, background: boolean): Promise<ConsulAnswer> {
    await this.#turn(signal);
    const query = new URLSearchParams(this.#query);
    let timeoutMs = ANSWER_MS;
    if (this.#index > 0n) {
      query.set('index', String(this.#index));
      query.set('wait', `${this.#waitMs}ms`);
      // Consul adds up to a sixteenth, so that not all who wait come back at once.
      timeoutMs += this.#waitMs * (1 + 1 / 16);
    }
    const answer = await this.#http.ask({
      method: 'GET',
      path: this.#path,
      query,
      timeoutMs,
      signal,
      background,
    });
    this.#follow(indexOf(answer));
    return answer;
  }

  /** The next answer is the present state, whatever was seen before. */
  startOver(): void {
    this.#index = 0n;
  }

  /** An index that goes backwards is another history: waiting for the old one to go on would take for ever. */
  #follow(index: bigint): void {
    this.#index = index < this.#index ? 0n : index;
  }

  async #turn(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && !this.#bucket.tryRemoveTokens(1)) {
      await pause(Math.max(1, this.#bucket.getWaitTime(1)), signal);
    }
    signal.throwIfAborted();
  }
}

function indexOf({ headers }: ConsulAnswer): bigint {
  const index = headers['x-consul-index'];
  return typeof index === 'string' && /^\d+$/.test(index) ? BigInt(index) : 0n;
}
