import type { Discovery } from '../discovery/discovery.js';
import { backoffMs, pause } from './backoff.js';

/** Who is told what discovery says. Neither method throws. */
export interface DiscoverySink {
  take(list: unknown): void;
  discoveryFailed(error: unknown): void;
}

const FIRST_RETRY_MS = 50;
const MAX_RETRY_MS = 1_000;

/** Follows a discovery source until it ends or is stopped; one that throws is watched anew. */
export class DiscoveryFollower {
  readonly #discovery: Discovery;
  readonly #sink: DiscoverySink;
  readonly #controller = new AbortController();

  constructor(discovery: Discovery, sink: DiscoverySink) {
    this.#discovery = discovery;
    this.#sink = sink;
    void this.#follow(this.#controller.signal);
  }

  stop(): void {
    this.#controller.abort();
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const onError = (error: unknown) => {
      if (!signal.aborted) this.#sink.discoveryFailed(error);
    };
    for (let failures = 0; !signal.aborted; ) {
      try {
        for await (const list of this.#discovery.watch(signal, onError)) {
          if (signal.aborted) return;
          failures = 0;
          this.#sink.take(list);
        }
        return;
      } catch (error) {
        onError(error);
        failures++;
      }
      await pause(backoffMs(failures, FIRST_RETRY_MS, MAX_RETRY_MS), signal);
    }
  }
}
