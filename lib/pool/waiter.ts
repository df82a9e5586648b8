import type { AbortTarget } from './abort-watch.js';
import type { Timer, Turn } from './clock.js';
import type { Transport } from './transport.js';

/** The two ends of a doubly linked list of waiters. */
export interface WaiterChain<TClient> {
  head: Waiter<TClient> | undefined;
  tail: Waiter<TClient> | undefined;
}

/** The waiters of one priority, first come first. */
export interface PriorityChain<TClient> extends WaiterChain<TClient> {
  readonly priority: number;
}

/** The waiters of one timeout. All wait for the same length, so they stand in order of their deadlines. */
export interface DeadlineChain<TClient> extends WaiterChain<TClient> {
  readonly timeoutMs: number;
  timer: Timer | undefined;
  /** When the timer fires, ms. */
  timerDue: number;
}

/** One `get` that could not be served at once. */
export class Waiter<TClient> {
  /** The chain of the queue it stands in; undefined once it has left. */
  list: PriorityChain<TClient> | undefined = undefined;
  prev: Waiter<TClient> | undefined = undefined;
  next: Waiter<TClient> | undefined = undefined;
  /** The chain of deadlines it stands in, when it has one. */
  deadlines: DeadlineChain<TClient> | undefined = undefined;
  earlier: Waiter<TClient> | undefined = undefined;
  later: Waiter<TClient> | undefined = undefined;
  /** Where `get` was called; kept only while leaks are looked for. */
  trace: Error | undefined = undefined;
  /** What hears its signal abort, when it has one. */
  abortTarget: AbortTarget | undefined = undefined;
  /** Whether a dial that it asked for is under way. */
  dialing = false;

  constructor(
    readonly resolve: (transport: Transport<TClient>) => void,
    readonly reject: (error: unknown) => void,
    /** The turn in which it came. */
    readonly turn: Turn,
    /** Whether it found no connection free or on its way when it came. */
    readonly queued: boolean,
  ) {}
}
