import assert from 'node:assert/strict';
import type { Discovery } from '../../../lib/discovery/discovery.js';
import type { Endpoint } from '../../../lib/pool/endpoint.js';
import { type Deadline, waitFor, within } from '../../support/wait-for.js';

/** How long a change may take to arrive. */
const CHANGE: Deadline = { timeoutMs: 2_000 };

/** A source that is watched, and what it said. */
export class Watched implements AsyncDisposable {
  readonly lists: (readonly Endpoint[])[] = [];
  readonly errors: (Error & { code?: string })[] = [];
  readonly #controller = new AbortController();
  readonly #ended: Promise<void>;

  constructor(discovery: Discovery) {
    this.#ended = this.#follow(discovery);
  }

  /** The list in force. */
  get list(): readonly Endpoint[] | undefined {
    return this.lists.at(-1);
  }

  /** The ids of the list in force. */
  get ids(): string[] {
    return (this.list ?? []).map(({ id }) => id);
  }

  /** What the failures said. */
  get messages(): string[] {
    return this.errors.map(({ message }) => message);
  }

  /** Waits for a list of these ids, whatever their order. */
  sees(ids: readonly string[], deadline = CHANGE): Promise<void> {
    return this.#until(ids, ({ id }) => id, deadline);
  }

  /** Waits for a list of these ports, whatever their order. */
  ports(ports: readonly number[], deadline = CHANGE): Promise<void> {
    return this.#until(ports, ({ port }) => port, deadline);
  }

  /** Waits for a failure that says so, and gives it. */
  error(pattern: RegExp, deadline?: Deadline): Promise<Error> {
    const find = () => this.errors.find(({ message }) => pattern.test(message));
    return waitFor(`an error like ${pattern}`, find, deadline) as Promise<Error>;
  }

  /** Aborts the watch; it must end by itself, and soon. */
  async stop(): Promise<void> {
    this.#controller.abort();
    await within('the watch to end', this.#ended, { timeoutMs: 1_000 });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #until<T>(wanted: readonly T[], of: (endpoint: Endpoint) => T, deadline: Deadline): Promise<void> {
    const text = (values: readonly unknown[]) => [...values].sort().join();
    const isThere = () => this.list !== undefined && text(this.list.map(of)) === text(wanted);
    try {
      await waitFor(`a list of ${text(wanted).slice(0, 200)}`, isThere, deadline);
    } catch (error) {
      const last = text(this.ids).slice(0, 200);
      throw new Error(`${(error as Error).message}; last: ${last}; errors: ${this.messages.slice(-3)}`);
    }
  }

  async #follow(discovery: Discovery): Promise<void> {
    const { signal } = this.#controller;
    const onError = (error: unknown) => {
      assert.ok(error instanceof Error);
      this.errors.push(error);
    };
    for await (const list of discovery.watch(signal, onError)) this.lists.push(list);
    assert.ok(signal.aborted, 'the source ended by itself');
  }
}
