import type { Discovery } from '../discovery/discovery.js';
import { RetryPause } from '../discovery/retry-pause.js';

/** Who is told what discovery says. Neither method throws. */
export interface DiscoverySink {
  take(list: unknown): void;
  discoveryFailed(error: unknown): void;
}

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
    const retry = new RetryPause();
    while (!signal.aborted) {
      try {
        for await (const list of this.#discovery.watch(signal, onError)) {
          if (signal.aborted) return;
          retry.reset();
          this.#sink.take(list);
        }
        return;
      } catch (error) {
        onError(error);
      }
      await retry.wait(signal);
    }
  }
}
