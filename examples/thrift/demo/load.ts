import { setTimeout as sleep } from 'node:timers/promises';
import type { ConnPool } from 'connpool';
import { build, type Histogram } from 'hdr-histogram-js';
import type EchoService from '../gen-nodejs/EchoService.js';

/** How long a caller rests after a failed call, ms, as a real one would before it tries again. */
const REST_AFTER_ERROR_MS = 50;
/** One call in this many asks the service to throw its declared exception. */
const REFUSED_ONE_IN = 100;

/** Callers that call the echo service through the pool, one call after the other, and count what they get. */
export class Load {
  started = 0;
  results = 0;
  /** How often each kind of error was seen. */
  readonly errors = new Map<string, number>();
  /** How long the answered calls took, in microseconds. */
  readonly latencyUs: Histogram = build({ lowestDiscernibleValue: 1, highestTrackableValue: 60_000_000 });
  readonly #pool: ConnPool<EchoService.Client>;

  constructor(pool: ConnPool<EchoService.Client>) {
    this.#pool = pool;
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

  /** Keeps `concurrency` callers busy for `durationMs`; resolves when the last call has ended. */
  async run(concurrency: number, durationMs: number): Promise<void> {
    const until = performance.now() + durationMs;
    await Promise.all(Array.from({ length: concurrency }, () => this.#callUntil(until)));
  }

  async #callUntil(until: number): Promise<void> {
    while (performance.now() < until) {
      const n = ++this.started;
      const message = n % REFUSED_ONE_IN === 0 ? `refuse: ${n}` : `hello ${n}`;
      if (!(await this.#call(message))) await sleep(REST_AFTER_ERROR_MS);
    }
  }

  /** Whether the service answered. */
  async #call(message: string): Promise<boolean> {
    const startedAt = performance.now();
    try {
      const answer = await this.#pool.do((client) => client.Echo(message));
      if (answer !== message) throw new Error(`wrong answer: sent '${message}', got '${answer}'`);
      this.results++;
      return true;
    } catch (error) {
      const kind = kindOf(error);
      this.errors.set(kind, (this.errors.get(kind) ?? 0) + 1);
      return kind === 'EchoError';
    } finally {
      this.latencyUs.recordValue(Math.max(1, Math.round((performance.now() - startedAt) * 1_000)));
    }
  }
}

function kindOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? `${error.name} (${code})` : error.name;
}
