import type { Discovery } from '../../../lib/discovery/discovery.js';
import type { Endpoint } from '../../../lib/pool/endpoint.js';
import { type Deadline, waitFor, within } from '../../support/wait-for.js';

/** A source that is watched, and what it said. */
export class Watched implements AsyncDisposable {
  readonly lists: (readonly Endpoint[])[] = [];
  readonly errors: unknown[] = [];
  readonly #controller = new AbortController();
  readonly #ended: Promise<void>;

  constructor(discovery: Discovery) {
    this.#ended = this.#watch(discovery);
  }

  /** The list in force. */
  get current(): readonly Endpoint[] | undefined {
    return this.lists.at(-1);
  }

  /** The ids of the list in force. */
  get ids(): string[] {
    return (this.current ?? []).map(({ id }) => id);
  }

  /** What the failures said. */
  get messages(): string[] {
    return this.errors.map((error) => (error as Error).message);
  }

  /** Waits for a list of these ids, whatever their order. */
  async sees(ids: readonly string[], deadline: Deadline = { timeoutMs: 2_000 }): Promise<void> {
    const wanted = [...ids].sort().join();
    const what = `a list of ${wanted.slice(0, 200)}`;
    try {
      await waitFor(
        what,
        () => this.current !== undefined && [...this.ids].sort().join() === wanted,
        deadline,
      );
    } catch (error) {
      throw new Error(
        `${(error as Error).message}; last: ${this.ids.join().slice(0, 200)}; errors: ${this.messages.slice(-3)}`,
      );
    }
  }

  /** Waits for a failure that says so. */
  async fails(pattern: RegExp, deadline?: Deadline): Promise<void> {
    await waitFor(`an error like ${pattern}`, () => this.messages.some((m) => pattern.test(m)), deadline);
  }

  /** Aborts the watch; it must end by itself, and soon. */
  async stop(): Promise<void> {
    this.#controller.abort();
    await within('the watch to end', this.#ended, { timeoutMs: 1_000 });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #watch(discovery: Discovery): Promise<void> {
    const { signal } = this.#controller;
    for await (const list of discovery.watch(signal, (error) => this.errors.push(error))) {
      if (signal.aborted) return;
      this.lists.push(list);
    }
  }
}
