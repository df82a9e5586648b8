import assert from 'node:assert/strict';
import { waitFor } from '../../support/wait-for.js';

/** Callers that call one after the other until they are told to stop; every call is accounted for. */
export class Load {
  started = 0;
  answered = 0;
  readonly failures: unknown[] = [];
  #running = true;
  readonly #callers: Promise<void>[];

  constructor(callers: number, call: (text: string) => Promise<string>) {
    this.#callers = Array.from({ length: callers }, (_, caller) => this.#call(caller, call));
  }

  /** Waits for so many more answers: what was to happen meanwhile has happened under load. */
  async answers(count: number): Promise<void> {
    const enough = this.answered + count;
    await waitFor(`${count} more answers`, () => this.answered >= enough || this.failures.length > 0, {
      timeoutMs: 10_000,
    });
  }

  /** Ends when the calls under way have ended; asserts that each was answered. */
  async end(): Promise<void> {
    this.#running = false;
    await Promise.all(this.#callers);
    assert.deepEqual(this.failures.map(String), []);
    assert.equal(this.answered, this.started);
  }

  async #call(caller: number, call: (text: string) => Promise<string>): Promise<void> {
    for (let i = 0; this.#running; i++) {
      const text = `call ${caller}.${i}`;
      this.started++;
      try {
        const answer = await call(text);
        assert.ok(answer.endsWith(text), `'${answer}' is no answer to '${text}'`);
        this.answered++;
      } catch (error) {
        this.failures.push(error);
        this.#running = false;
      }
    }
  }
}
