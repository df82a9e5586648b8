import type { CloseReason } from './options.js';

/** What is known of a transport that was held too long. */
export interface LeakReport<TClient> {
  /** The client that is held. */
  readonly client: TClient;
  /** How long it has been held, ms. */
  readonly heldMs: number;
  /** Where `get` was called. */
  readonly stack: string;
}

/** Events of a pool and what their listeners are given. None of them is named 'error'. */
export interface ConnPoolEvents<TClient> {
  /** A connection was dialed and has passed its first heartbeat. */
  open: [client: TClient];
  /** A client is being closed and is no longer part of the pool. */
  close: [client: TClient, reason: CloseReason];
  /** A dial attempt failed; `attempt` counts from 1. */
  dialError: [error: unknown, attempt: number];
  /** A connection failed its heartbeat. */
  heartbeatError: [error: unknown, client: TClient];
  /** A close callback threw, rejected or took longer than `closeTimeoutMs`. */
  closeError: [error: unknown, client: TClient];
  /** A transport has been held longer than `leakDetectionMs`; reported once per loan. */
  leak: [report: LeakReport<TClient>];
}

/** Tells the pool's listeners; never throws. */
export type Emit<TClient> = <K extends keyof ConnPoolEvents<TClient>>(
  event: K,
  ...args: ConnPoolEvents<TClient>[K]
) => void;
