import type { Socket } from 'node:net';
import { InvalidOptionError } from '../../pool/errors.js';

/** What a socket's TCP connection is tuned to; without effect on a Unix socket. */
export interface SocketOptions {
  /** Send small writes at once instead of collecting them (Nagle's algorithm off). @default true */
  readonly noDelay?: boolean | undefined;
  /**
   * Let the operating system probe a connection that was silent for this long, in ms (whole seconds count), so
   * that a peer that vanished is noticed. 0 = off. @default 60000
   */
  readonly keepAliveMs?: number | undefined;
}

/** {@link SocketOptions} with every default filled in. */
export interface ResolvedSocketOptions {
  readonly noDelay: boolean;
  readonly keepAliveMs: number;
}

const MAX_KEEP_ALIVE_MS = 32_767_000;

/**
 * Checks the options and fills in the defaults.
 * @throws InvalidOptionError
 */
export function resolveSocketOptions(options: SocketOptions): ResolvedSocketOptions {
  const { noDelay = true, keepAliveMs = 60_000 } = options;
  if (typeof noDelay !== 'boolean') throw new InvalidOptionError('noDelay', noDelay, 'true or false');
  const isInRange = keepAliveMs === 0 || (keepAliveMs >= 1_000 && keepAliveMs <= MAX_KEEP_ALIVE_MS);
  if (typeof keepAliveMs !== 'number' || !isInRange) {
    const allowed = `0 (off), or a number of ms from 1000 to ${MAX_KEEP_ALIVE_MS}`;
    throw new InvalidOptionError('keepAliveMs', keepAliveMs, allowed);
  }
  return { noDelay, keepAliveMs };
}

/** Sets the options on a connected socket. */
export function applySocketOptions(socket: Socket, { noDelay, keepAliveMs }: ResolvedSocketOptions): void {
  socket.setNoDelay(noDelay);
  if (keepAliveMs > 0) socket.setKeepAlive(true, keepAliveMs);
}
