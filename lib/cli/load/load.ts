import { setTimeout as sleep } from 'node:timers/promises';
import { Latency } from './latency.js';

/** How long a caller rests after a failed call, ms, as a real one would before it tries again. */
const REST_AFTER_ERROR_MS = 50;

/** How calls are made. */
export interface LoadOptions {
  /** Makes one call; `n` counts from 1. */
  call(n: number): Promise<unknown>;
  /** Whether an error is an answer of the service all the same. @default never */
  isAnswer?: ((error: unknown) => boolean) | undefined;
}

/** How long, and with how many callers. */
export interface LoadLimits {
  /** Callers at once. */
  concurrency: number;
  durationMs: number;
  /** Ends the load early: no call is started after it. */
  signal?: AbortSignal | undefined;
}

/** Callers that make one call after the other, and count what they get. */
export class Load {
  started = 0;
  results = 0;
  /** How often each kind of error was seen. */
  readonly errors = new Map<string, number>();
  /** How long the calls took, failed ones included. */
  readonly latency = new Latency();
  readonly #options: LoadOptions;

  constructor(options: LoadOptions) {
    this.#options = options;
  }

  get errorCount(): number {
    let sum = 0;
    for (const count of this.errors.values()) sum += count;
    return sum;
  }

  /** Calls that ended in neither a result nor an error. Zero once `run` has resolved, or something is wrong. */
  get lost(): number {
    return this.started - this.results - this.errorCount;
  }

  /** Keeps the callers busy; resolves when the last call has ended. */
  async run({ concurrency, durationMs, signal }: LoadLimits): Promise<void> {
    const until = performance.now() + durationMs;
    const goesOn = () => performance.now() < until && signal?.aborted !== true;
    await Promise.all(Array.from({ length: concurrency }, () => this.#callWhile(goesOn)));
  }

  async #callWhile(goesOn: () => boolean): Promise<void> {
    while (goesOn()) {
      if (!(await this.#callOnce(++this.started)) && goesOn()) await sleep(REST_AFTER_ERROR_MS);
    }
  }

  /** Whether the service answered. */
  async #callOnce(n: number): Promise<boolean> {
    const startedAt = performance.now();
    try {
      await this.#options.call(n);
      this.results++;
      return true;
    } catch (error) {
      const kind = kindOf(error);
      this.errors.set(kind, (this.errors.get(kind) ?? 0) + 1);
      return this.#options.isAnswer?.(error) ?? false;
    } finally {
      this.latency.record(performance.now() - startedAt);
    }
  }
}

function kindOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as { code?: unknown };
  return typeof code === 'string' || typeof code === 'number' ? `${error.name} (${code})` : error.name;
}
