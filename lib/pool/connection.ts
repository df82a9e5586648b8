import type { Cancellation } from './cancellation.js';
import type { CloseReason } from './options.js';
import type { Listed } from './unordered-list.js';

/**
 * Where a connection stands. `dialing` until it has proved itself, `gone` once it has left the pool (closed or
 * detached), whatever its close callback is still doing.
 */
export type ConnectionState = 'dialing' | 'idle' | 'lent' | 'checking' | 'gone';

/** Why a connection must not be lent again. */
export interface Retirement {
  readonly reason: CloseReason;
  readonly error: unknown;
}

/** When and where a connection was lent; kept only while leaks are looked for. */
export interface Loan {
  readonly takenAt: number;
  readonly trace: Error;
  reported: boolean;
}

/** The pool's record of one connection. Only the engine moves it from state to state. */
export class Connection<TClient> implements Listed {
  state: ConnectionState = 'dialing';
  slot = -1;
  /** What dial gave; set before the connection leaves the state `dialing`. */
  client!: TClient;
  /** Set by whatever makes the connection unfit while it is lent: it is destroyed on return. */
  retirement: Retirement | undefined = undefined;
  /** When it last became idle after a loan, ms. */
  idleSince = 0;
  /** When it was last seen to work (used or heartbeated), ms. */
  provenAt = 0;
  /** When it was opened, ms. */
  openedAt = 0;
  /** The share of `maxLifetimeMs` that it lives, 0.9 to 1. */
  lifetimeShare = 1;
  /** When its lifetime ends, ms. */
  expiresAt = Infinity;
  /** How often it was lent. */
  uses = 0;
  /** Gives up the heartbeat under way, in the state `checking`. */
  check: Cancellation | undefined = undefined;
  loan: Loan | undefined = undefined;
  /** Links of the idle list; both undefined outside of it. */
  prev: Connection<TClient> | undefined = undefined;
  next: Connection<TClient> | undefined = undefined;

  /** `generation`: the pool's count of invalidations when the dial began. */
  constructor(readonly generation: number) {}
}
