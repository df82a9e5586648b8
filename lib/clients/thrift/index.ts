/**
 * Pools of generated Thrift clients.
 *
 * @module connpool/thrift
 */
export { closeThriftClient, type ThriftDialer, thriftDialer } from './thrift-dialer.js';
export {
  isThriftConnectionError,
  ThriftConnectionError,
  ThriftProtocolError,
  ThriftTimeoutError,
} from './thrift-errors.js';
export type { ThriftClientClass, ThriftOptions, ThriftPoolLimits, ThriftService } from './thrift-options.js';
export { type ThriftPoolOptions, thriftPool } from './thrift-pool.js';
