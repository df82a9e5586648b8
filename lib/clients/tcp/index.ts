/**
 * Pools of `net` and `tls` sockets.
 *
 * @module connpool/tcp
 */
export type { SocketOptions } from './socket-options.js';
export type { TcpEndpoint, TlsOptions } from './socket-target.js';
export { TcpConnectionError } from './tcp-connection-error.js';
export { type TcpDialer, type TcpDialerOptions, tcpDialer } from './tcp-dialer.js';
export { type TcpPoolLimits, type TcpPoolOptions, tcpPool } from './tcp-pool.js';
