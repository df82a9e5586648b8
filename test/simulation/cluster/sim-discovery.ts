import type { Discovery } from '../../../lib/discovery/discovery.js';
import type { Endpoint } from '../../../lib/pool/endpoint.js';

/** Discovery whose lists and failures come from the trace. */
export class SimDiscovery implements Discovery {
  readonly #queue: (readonly Endpoint[] | Error)[] = [];
  #wake = () => {};

  async *watch(signal: AbortSignal): AsyncGenerator<readonly Endpoint[]> {
    signal.addEventListener('abort', () => this.#wake());
    while (!signal.aborted) {
      const next = this.#queue.shift();
      if (next instanceof Error) throw next;
      if (next !== undefined) yield next;
      else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }

  give(list: readonly Endpoint[]): void {
    this.#queue.push(list);
    this.#wake();
  }

  fail(): void {
    this.#queue.push(new Error('registry unreachable'));
    this.#wake();
  }
}
