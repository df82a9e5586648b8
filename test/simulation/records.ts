import type { CloseReason, DialContext, Transport } from '../../lib/pool/index.js';

/** What a simulated dial gives. */
export interface Client {
  readonly id: number;
}

/** One call of the dial callback. */
export interface Attempt {
  readonly ctx: DialContext;
  /** How often the pool had been invalidated when the dial began. */
  readonly generation: number;
  /** The call that asked for it, where that is beyond doubt. */
  readonly asker: Call | undefined;
  answered: boolean;
  connection: Connection | undefined;
  /** The client has reported itself broken, maybe before there was a connection. */
  broken: boolean;
}

/** All that the world outside of the pool knows of one connection. Turns count settled moments of a run. */
export interface Connection {
  readonly client: Client;
  readonly attempt: Attempt;
  readonly bornAt: number;
  /** The turn in which it became fit for use: dialed, and heartbeated where there is a heartbeat. */
  proven: number | undefined;
  /** When it was last seen to work, ms. */
  provenAt: number;
  /** When it was last given back (or opened), ms. */
  idleSince: number;
  /** Heartbeats under way. */
  beats: number;
  /** Whether it has passed a heartbeat since it was last lent. */
  beatenSinceLoan: boolean;
  beatFailed: boolean;
  /** How often the pool says it lent it; a call that is aborted at that very moment does not hear of it. */
  lends: number;
  loan: Loan | undefined;
  lastCall: Call | undefined;
  /** The turn in which it was known to be broken. */
  broken: number | undefined;
  /** A callback that judges errors threw: the pool may take the connection for broken or not. */
  doubtful: boolean;
  /** The turn in which it was invalidated. */
  stale: number | undefined;
  /** It has left the pool: announced as closed, or detached. */
  gone: boolean;
  detached: boolean;
  closedFor: CloseReason | undefined;
  /** While its close callback runs: when that is given up, ms. */
  closingUntil: number | undefined;
}

/** One client in the hands of one caller. */
export interface Loan {
  readonly connection: Connection;
  readonly call: Call;
  /** Missing inside of `do`. */
  readonly transport: Transport<Client> | undefined;
  readonly since: number;
  over: boolean;
  /** The pool took it away: it was closed by force. */
  revoked: boolean;
}

/** One `get`, `do` or `tryGet`. */
export interface Call {
  readonly id: number;
  readonly kind: 'get' | 'do' | 'tryGet';
  readonly priority: number;
  readonly turn: number;
  readonly calledAt: number;
  /** When it must have settled, ms. */
  readonly deadline: number;
  readonly signal: AbortSignal | undefined;
  /** The call whose `get` had not returned yet when a callback made this one: either may be taken for the first. */
  readonly within: Call | undefined;
  state: 'pending' | 'served' | 'rejected';
}
