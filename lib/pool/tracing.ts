import { channel } from 'node:diagnostics_channel';
import type { CloseReason } from './options.js';

/** Published on `connpool:get` when a `get` settles. */
export interface GetMessage {
  readonly pool: string;
  /** The client lent, when there is one. */
  readonly client?: unknown;
  /** What the call rejected with, when it did. */
  readonly error?: unknown;
  /** How long the call took, ms; 0 when it was served at once. */
  readonly waitMs: number;
}

/** Published on `connpool:dial` when a dial attempt ends. */
export interface DialMessage {
  readonly pool: string;
  readonly attempt: number;
  readonly durationMs: number;
  readonly client?: unknown;
  readonly error?: unknown;
}

/** Published on `connpool:close` when a transport is given back or a connection is closed. */
export interface CloseMessage {
  readonly pool: string;
  readonly client: unknown;
  /** Why the connection was closed; undefined when it went back to the pool. */
  readonly reason?: CloseReason;
}

// Without a subscriber each publish costs one property read.
export const getChannel = channel('connpool:get');
export const dialChannel = channel('connpool:dial');
export const closeChannel = channel('connpool:close');
