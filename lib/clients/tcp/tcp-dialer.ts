import type { Socket } from 'node:net';
import { InvalidOptionError } from '../../pool/errors.js';
import type { CloseContext, DialContext, HookContext } from '../../pool/options.js';
import { CLOSE_GRACE_MS, closeSocket, graceWithin } from './close-socket.js';
import { connectSocket } from './connect-socket.js';
import { checkNames } from './option-names.js';
import { applySocketOptions, resolveSocketOptions, type SocketOptions } from './socket-options.js';
import { resolveTarget, type TcpEndpoint, type TlsOptions } from './socket-target.js';
import { SocketWatch } from './socket-watch.js';

/** Where {@link tcpDialer} connects to, and how. */
export type TcpDialerOptions = TcpEndpoint &
  SocketOptions & {
    /**
     * Proves that a connection works, such as a ping and its pong; throwing, rejecting or `false` means dead.
     * A new connection passes it before its first use. @default none
     */
    readonly heartbeat?: ((socket: Socket, ctx: HookContext<unknown>) => unknown) | undefined;
  };

/** The callbacks of a `ConnPool` of sockets. */
export interface TcpDialer {
  /** Connects a socket; with TLS it is ready for use, its peer's certificate verified. */
  dial(ctx: Pick<DialContext<unknown>, 'signal' | 'markBroken'>): Promise<Socket>;
  /** What the options said; missing when they said nothing. */
  heartbeat?: (socket: Socket, ctx: HookContext<unknown>) => unknown;
  /**
   * Ends a socket politely (within a second), or destroys it at once when the reason says that it is dead.
   * Resolves when it is closed, never rejects. Without a reason: politely.
   */
  close(socket: Socket, ctx?: Pick<CloseContext<unknown>, 'reason'>): Promise<void>;
}

const OPTION_NAMES: readonly string[] = ['host', 'port', 'path', 'noDelay', 'keepAliveMs', 'heartbeat'];

/**
 * The callbacks for a pool of sockets, for those who make the `ConnPool` themselves; {@link tcpPool} is for
 * all others. A connection that must say or hear something first does so in a dial of yours:
 *
 * @example
 * const tcp = tcpDialer({ host: 'db.example', port: 5432 }, true);
 * const pool = new ConnPool({ ...tcp, dial: async (ctx) => logIn(await tcp.dial(ctx), ctx.signal) });
 *
 * Each socket is watched from dial to close. When its peer ends, closes or resets it, or sends data while nobody
 * reads, it is reported as broken: an idle one leaves the pool at once, a lent one is destroyed on return. The
 * watch cannot know whether a socket is idle or lent: bytes that lie unread while it has no 'data' or 'readable'
 * listener are kept for the next reader, but cost the connection its reuse. So attach the reader before you wait
 * for anything else and leave it there until the answer is complete. Waiting with `once(socket, 'readable')` and
 * reading afterwards works, on a new connection each time; `once(socket, 'data')`, listeners, pipes and async
 * iteration (with `destroyOnReturn: false`) keep it. `pause()` has an effect only while a reader is attached.
 *
 * Give a socket back as you got it: answers read to their end, your listeners off (a reader left behind reads
 * what is not its own), no encoding and no timeout set.
 *
 * @param options host and port, or the path of a Unix socket, and what the sockets are tuned to
 * @param tls `true`, or what `tls.connect` takes; the certificate is verified, for `servername` (default: the
 * host; for a Unix socket 'localhost'). `false` and left out: no TLS
 * @throws InvalidOptionError
 */
export function tcpDialer(options: TcpDialerOptions, tls?: boolean | TlsOptions): TcpDialer {
  checkNames(options, OPTION_NAMES);
  return makeDialer(options, tls, CLOSE_GRACE_MS);
}

/** A dialer whose `close` stays within the pool's `closeTimeoutMs`. Its options' names are checked already. */
export function dialerWithin(
  closeTimeoutMs: number,
  options: TcpDialerOptions,
  tls: boolean | TlsOptions | undefined,
): TcpDialer {
  return makeDialer(options, tls, graceWithin(closeTimeoutMs));
}

function makeDialer(
  options: TcpDialerOptions,
  tls: boolean | TlsOptions | undefined,
  graceMs: number,
): TcpDialer {
  const { host, port, path, heartbeat } = options;
  const target = resolveTarget({ host, port, path, tls: tls === false ? undefined : tls });
  const settings = resolveSocketOptions(options);
  if (heartbeat !== undefined && typeof heartbeat !== 'function') {
    throw new InvalidOptionError('heartbeat', heartbeat, 'a function');
  }
  return {
    async dial(ctx) {
      const socket = await connectSocket(target, ctx.signal);
      applySocketOptions(socket, settings);
      new SocketWatch(socket, target.label, (error) => ctx.markBroken(error));
      return socket;
    },
    ...(heartbeat === undefined ? {} : { heartbeat }),
    close: (socket, ctx) => closeSocket(socket, isDead(ctx?.reason) ? 0 : graceMs),
  };
}

function isDead(reason: CloseContext['reason'] | undefined): boolean {
  return reason === 'broken' || reason === 'heartbeat';
}
