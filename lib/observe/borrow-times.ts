import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { now } from '../pool/clock.js';
import type { CloseMessage, DialMessage, GetMessage } from '../pool/tracing.js';

/** What is told of the pools' times, in ms, under the pool's name. */
export interface BorrowTimes {
  /** A client was lent after this wait. */
  waited?(pool: string, ms: number): void;
  /** A client was given back, or closed, after this loan. */
  used?(pool: string, ms: number): void;
  /** A dial attempt succeeded after this time. */
  dialed?(pool: string, ms: number): void;
}

/**
 * Measures every pool of the process through its diagnostics channels, until the function it returns is called.
 * Costs a fraction of a microsecond per loan; a pool that nobody watches pays nothing.
 */
export function watchBorrowTimes(times: BorrowTimes): () => void {
  // A client that is detached never comes back; held weakly, its entry goes with it.
  const lentAt = new WeakMap<object, number>();
  const onGet = (message: unknown) => {
    const { pool, client, error, waitMs } = message as GetMessage;
    if (error !== undefined) return;
    times.waited?.(pool, waitMs);
    if (isObject(client)) lentAt.set(client, now());
  };
  const onClose = (message: unknown) => {
    const { pool, client } = message as CloseMessage;
    const since = isObject(client) ? lentAt.get(client) : undefined;
    // Clients are also closed when they were idle; then no loan has ended.
    if (since === undefined) return;
    lentAt.delete(client as object);
    times.used?.(pool, now() - since);
  };
  const onDial = (message: unknown) => {
    const { pool, durationMs, error } = message as DialMessage;
    if (error === undefined) times.dialed?.(pool, durationMs);
  };
  subscribe('connpool:get', onGet);
  subscribe('connpool:close', onClose);
  if (times.dialed !== undefined) subscribe('connpool:dial', onDial);
  return () => {
    unsubscribe('connpool:get', onGet);
    unsubscribe('connpool:close', onClose);
    unsubscribe('connpool:dial', onDial);
  };
}

function isObject(client: unknown): client is object {
  return (typeof client === 'object' && client !== null) || typeof client === 'function';
}
