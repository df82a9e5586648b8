import { ConnPool } from '../../pool/conn-pool.js';
import {
  type CloseReason,
  type ConnPoolOptions,
  DEFAULT_CLOSE_TIMEOUT_MS,
  type HookContext,
} from '../../pool/options.js';
import { connectSocket } from '../tcp/connect-socket.js';
import { checkNames } from '../tcp/option-names.js';
import { checkPoolLimits } from '../tcp/pool-limits.js';
import { applySocketOptions, resolveSocketOptions, type SocketOptions } from '../tcp/socket-options.js';
import { resolveTarget, type TcpEndpoint, type TlsOptions } from '../tcp/socket-target.js';
import { MuxConnection } from './mux-connection.js';
import { type MuxConnectionOptions, resolveMuxOptions } from './mux-options.js';

/** Limits, timings and name of a pool whose callbacks are ready-made. */
export type MuxPoolLimits = Omit<ConnPoolOptions<MuxConnection>, 'dial' | 'heartbeat' | 'close' | 'meta'>;

/** Options of {@link muxPool}: the server, how to speak to it, and the pool's limits. */
export type MuxPoolOptions = TcpEndpoint &
  SocketOptions &
  Pick<MuxConnectionOptions, 'codec' | 'maxFrameBytes' | 'requestTimeoutMs'> & {
    /**
     * TLS, with what `tls.connect` takes; `true` for its defaults. The server's certificate is verified, for
     * `servername` (default: the host; for a Unix socket 'localhost'). @default false
     */
    readonly tls?: boolean | TlsOptions | undefined;
    /**
     * Proves that a connection works, such as `(connection) => connection.request(ping)`; throwing, rejecting or
     * `false` means dead. A new connection passes it before its first use. @default none
     */
    readonly heartbeat?: ((connection: MuxConnection, ctx: HookContext) => unknown) | undefined;
    /** Limits, timings and name of the pool. */
    readonly pool?: MuxPoolLimits | undefined;
  };

const OPTION_NAMES: readonly string[] = [
  'host',
  'port',
  'path',
  'tls',
  'noDelay',
  'keepAliveMs',
  'codec',
  'maxFrameBytes',
  'requestTimeoutMs',
  'heartbeat',
  'pool',
];

/** Share of `closeTimeoutMs` in which answers under way may come, so that the pool never has to give a close up. */
const GRACE_SHARE = 0.5;

/**
 * A pool of {@link MuxConnection}s to one server. A connection may be given back as soon as a request is sent:
 * answers reach their callers while it is idle or lent to others; {@link muxRequest} does so. Held until the answer
 * has come, it is used like any other pooled connection, one call at a time.
 *
 * A connection that fails rejects all that is in flight on it and leaves the pool at once. A request that times out
 * or is given up does not harm its connection. One that the pool closes while it works waits for the answers under
 * way, half of `closeTimeoutMs` at most.
 *
 * @example
 * const pool = muxPool({ host: 'ranker.example', port: 9000, codec: mindAlpha(), pool: { maxActive: 4 } });
 * const answer = await muxRequest(pool, payload, { timeoutMs: 50 });
 *
 * @throws InvalidOptionError
 */
export function muxPool(options: MuxPoolOptions): ConnPool<MuxConnection> {
  checkNames(options, OPTION_NAMES);
  const { host, port, path, tls, codec, maxFrameBytes, requestTimeoutMs, heartbeat, pool = {} } = options;
  const target = resolveTarget({ host, port, path, tls: tls === false ? undefined : tls });
  const socketOptions = resolveSocketOptions(options);
  const settings = { codec, maxFrameBytes, requestTimeoutMs, peer: target.label };
  resolveMuxOptions(settings);
  checkPoolLimits(pool, 'muxPool');
  const graceMs = (pool.closeTimeoutMs ?? DEFAULT_CLOSE_TIMEOUT_MS) * GRACE_SHARE;
  return new ConnPool<MuxConnection>({
    ...pool,
    async dial({ signal, markBroken }) {
      const socket = await connectSocket(target, signal);
      applySocketOptions(socket, socketOptions);
      return new MuxConnection(socket, { ...settings, onBroken: (error) => markBroken(error) });
    },
    heartbeat,
    close: (connection, { reason }) => connection.close({ graceMs: isDead(reason) ? 0 : graceMs }),
    isBroken: pool.isBroken ?? ((_, connection) => connection.isBroken),
  });
}

function isDead(reason: CloseReason): boolean {
  return reason === 'broken' || reason === 'heartbeat';
}
