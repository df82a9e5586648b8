import assert from 'node:assert/strict';
import type { Discovery } from '../../../lib/discovery/discovery.js';
import type { Endpoint } from '../../../lib/pool/endpoint.js';
import { waitFor, within } from '../../support/wait-for.js';

/** How long a change in Consul may take to arrive, ms. */
export const CHANGE_MS = 2_000;
/** The same after the agent was down. */
export const RESTART_MS = 4_000;

/** A discovery source that is watched, and what it said. */
export class Watched implements AsyncDisposable {
  readonly lists: (readonly Endpoint[])[] = [];
  readonly errors: Error[] = [];
  readonly #controller = new AbortController();
  readonly #ended: Promise<void>;

  constructor(discovery: Discovery) {
    this.#ended = this.#follow(discovery);
  }

  /** The newest list. */
  get list(): readonly Endpoint[] | undefined {
    return this.lists.at(-1);
  }

  get ids(): readonly string[] | undefined {
    return this.list?.map(({ id }) => id);
  }

  /** Waits for a list with exactly these ports. */
  async ports(expected: readonly number[], timeoutMs = CHANGE_MS): Promise<void> {
    const wanted = [...expected].sort().join();
    const now = () => this.list?.map(({ port }) => port).sort();
    await waitFor(`a list of the ports ${wanted}`, () => now()?.join() === wanted, { timeoutMs });
  }

  /** Waits for an error whose message matches, and gives it. */
  error(pattern: RegExp, timeoutMs = CHANGE_MS): Promise<Error> {
    const find = () => this.errors.find(({ message }) => pattern.test(message));
    return waitFor(`an error like ${pattern}`, find, { timeoutMs }) as Promise<Error>;
  }

  /** Stops listening; the source must end at once. */
  async stop(): Promise<void> {
    this.#controller.abort();
    await within('the source to end', this.#ended, { timeoutMs: 500 });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #follow(discovery: Discovery): Promise<void> {
    const onError = (error: unknown) => {
      assert.ok(error instanceof Error);
      this.errors.push(error);
    };
    for await (const list of discovery.watch(this.#controller.signal, onError)) this.lists.push(list);
    assert.ok(this.#controller.signal.aborted, 'the source ended by itself');
  }
}
