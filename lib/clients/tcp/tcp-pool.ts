import type { Socket } from 'node:net';
import { ConnPool } from '../../pool/conn-pool.js';
import { type ConnPoolOptions, DEFAULT_CLOSE_TIMEOUT_MS } from '../../pool/options.js';
import { checkNames } from './option-names.js';
import { checkPoolLimits } from './pool-limits.js';
import type { TlsOptions } from './socket-target.js';
import { dialerWithin, type TcpDialerOptions } from './tcp-dialer.js';

/** Limits, timings and name of a pool whose callbacks are ready-made. */
export type TcpPoolLimits = Omit<ConnPoolOptions<Socket>, 'dial' | 'heartbeat' | 'close' | 'meta'>;

/** Options of {@link tcpPool}: the endpoint, how to connect to it, and the pool's limits. */
export type TcpPoolOptions = TcpDialerOptions & {
  /**
   * TLS, with what `tls.connect` takes; `true` for its defaults. The peer's certificate is verified, for
   * `servername` (default: the host; for a Unix socket 'localhost'). @default false
   */
  readonly tls?: boolean | TlsOptions | undefined;
  /** Limits, timings and name of the pool. */
  readonly pool?: TcpPoolLimits | undefined;
};

const OPTION_NAMES: readonly string[] = [
  'host',
  'port',
  'path',
  'tls',
  'noDelay',
  'keepAliveMs',
  'heartbeat',
  'pool',
];

/**
 * A pool of connected sockets, plain or TLS, to one endpoint.
 *
 * A socket whose peer ends, closes or resets it, or sends data while it is idle, leaves the pool at once; one
 * that is given back with bytes unread is destroyed. Attach the reader before you wait for anything else, and
 * take it off before you give the socket back; {@link tcpDialer} says why.
 *
 * @example
 * const pool = tcpPool({ host: 'db.example', port: 5432, tls: true, pool: { maxActive: 20 } });
 * const answer = await pool.do(async (socket) => {
 *   socket.write('PING\n');
 *   const [data] = await once(socket, 'data');
 *   return data;
 * });
 *
 * @throws InvalidOptionError
 */
export function tcpPool(options: TcpPoolOptions): ConnPool<Socket> {
  checkNames(options, OPTION_NAMES);
  const { pool = {}, tls } = options;
  checkPoolLimits(pool, 'tcpPool');
  const { closeTimeoutMs = DEFAULT_CLOSE_TIMEOUT_MS } = pool;
  return new ConnPool<Socket>({ ...pool, ...dialerWithin(closeTimeoutMs, options, tls) });
}
