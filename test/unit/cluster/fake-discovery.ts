import type { Discovery } from '../../../lib/discovery/discovery.js';
import type { Endpoint } from '../../../lib/pool/endpoint.js';

/** A discovery source driven by the test. */
export class FakeDiscovery implements Discovery {
  /** How often it was watched. */
  watches = 0;
  /** Whether the signal of the last watch has aborted. */
  stopped = false;
  /** Reports a failure that the source survives. */
  report: (error: unknown) => void = () => {};
  readonly #queue: (() => readonly Endpoint[] | undefined)[] = [];
  #wake: (() => void) | undefined;

  async *watch(signal: AbortSignal, onError: (error: unknown) => void): AsyncGenerator<readonly Endpoint[]> {
    this.watches++;
    this.stopped = false;
    this.report = onError;
    signal.addEventListener('abort', () => {
      this.stopped = true;
      this.#wake?.();
    });
    while (!signal.aborted) {
      const next = this.#queue.shift();
      if (next === undefined) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        continue;
      }
      const list = next();
      if (list === undefined) return;
      yield list;
    }
  }

  give(...endpoints: Endpoint[]): void {
    this.#push(() => endpoints);
  }

  giveAnything(list: unknown): void {
    this.#push(() => list as Endpoint[]);
  }

  fail(error: unknown): void {
    this.#push(() => {
      throw error;
    });
  }

  end(): void {
    this.#push(() => undefined);
  }

  #push(step: () => readonly Endpoint[] | undefined): void {
    this.#queue.push(step);
    this.#wake?.();
  }
}
