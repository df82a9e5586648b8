import type { Client } from './contender.js';

/** A call that waits; it listens to its signal itself. */
class Waiting {
  prev: Waiting | undefined = undefined;
  next: Waiting | undefined = undefined;
  resolve!: (client: Client) => void;
  reject!: (reason: unknown) => void;

  constructor(
    private readonly queue: BareQueue,
    readonly signal: AbortSignal | undefined,
  ) {}

  handleEvent(): void {
    this.queue.remove(this);
    this.reject(this.signal?.reason);
  }
}

/** First come, first served, and out again at any place; no limits, no deadlines. */
export class BareQueue {
  #first: Waiting | undefined;
  #last: Waiting | undefined;

  join(signal: AbortSignal | undefined): Promise<Client> {
    const waiting = new Waiting(this, signal);
    signal?.addEventListener('abort', waiting);
    waiting.prev = this.#last;
    if (this.#last === undefined) this.#first = waiting;
    else this.#last.next = waiting;
    this.#last = waiting;
    return new Promise((resolve, reject) => {
      waiting.resolve = resolve;
      waiting.reject = reject;
    });
  }

  /** Gives the client to the first who waits; false when there is none. */
  serve(client: Client): boolean {
    const first = this.#first;
    if (first === undefined) return false;
    this.remove(first);
    first.signal?.removeEventListener('abort', first);
    first.resolve(client);
    return true;
  }

  remove({ prev, next }: Waiting): void {
    if (prev === undefined) this.#first = next;
    else prev.next = next;
    if (next === undefined) this.#last = prev;
    else next.prev = prev;
  }
}
