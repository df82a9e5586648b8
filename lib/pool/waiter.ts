import type { AbortTarget } from './abort-watch.js';
import type { Turn } from './clock.js';
import type { Transport } from './transport.js';

/** What a waiter knows of the lane it stands in. */
export interface PlaceInLine {
  /** Infinity = no limit. */
  readonly timeoutMs: number;
}

/** One `get` that could not be served at once. */
export class Waiter<TClient> {
  /** The lane of the queue it stands in; undefined once it has left. */
  lane: PlaceInLine | undefined = undefined;
  prev: Waiter<TClient> | undefined = undefined;
  next: Waiter<TClient> | undefined = undefined;
  /** Its number in order of arrival. */
  arrival = 0;
  /** Where `get` was called; kept only while leaks are looked for. */
  trace: Error | undefined = undefined;
  /** What hears its signal abort, when it has one. */
  abortTarget: AbortTarget | undefined = undefined;
  /** Whether a dial that it asked for is under way. */
  dialing = false;

  /** What its caller gets. */
  readonly promise: Promise<Transport<TClient>>;
  resolve!: (transport: Transport<TClient> | Promise<never>) => void;

  constructor(
    /** The turn in which it came. */
    readonly turn: Turn,
    /** Whether it found no connection free or on its way when it came. */
    readonly queued: boolean,
  ) {
    this.promise = new Promise((resolve) => {
      this.resolve = resolve;
    });
  }

  /** By way of `resolve`: to keep the promise's own `reject` as well would make each waiter a tenth dearer. */
  reject(error: unknown): void {
    this.resolve(Promise.reject(error));
  }
}
