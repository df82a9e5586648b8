import { ConnPool } from '../../pool/conn-pool.js';
import { DEFAULT_CLOSE_TIMEOUT_MS } from '../../pool/options.js';
import { checkNames } from '../tcp/option-names.js';
import { checkPoolLimits } from '../tcp/pool-limits.js';
import { DIALER_OPTIONS, dialerWithin } from './thrift-dialer.js';
import type { ThriftOptions, ThriftPoolLimits, ThriftService } from './thrift-options.js';

/** Options of {@link thriftPool}: the server, how to speak to it, and the pool's limits. */
export interface ThriftPoolOptions<TClient> extends ThriftOptions<TClient> {
  /** Limits, timings and name of the pool. */
  pool?: ThriftPoolLimits<TClient> | undefined;
}

/**
 * A pool of connections to one Thrift server, lent as clients of the generated class.
 *
 * Every call on a lent client ends: with its result, with an exception of the service (the connection stays), or
 * with a {@link ThriftConnectionError} as soon as its connection is lost, garbled or too slow (the connection is
 * destroyed).
 *
 * @example
 * const pool = thriftPool(EchoService, { host: '127.0.0.1', port: 9090, heartbeat: (client) => client.Ping() });
 * const answer = await pool.do((client) => client.Echo('hello'));
 *
 * @param service what the Thrift compiler generated (`js:node,es6`): the service's module or its `Client` class
 * @throws InvalidOptionError
 */
export function thriftPool<TClient>(
  service: ThriftService<TClient>,
  options: ThriftPoolOptions<TClient>,
): ConnPool<TClient> {
  checkNames(options, [...DIALER_OPTIONS, 'pool']);
  const { pool = {}, ...rest } = options;
  checkPoolLimits(pool, 'thriftPool');
  const { closeTimeoutMs = DEFAULT_CLOSE_TIMEOUT_MS } = pool;
  const dialer = dialerWithin(closeTimeoutMs, service, rest);
  return new ConnPool<TClient>({ ...dialer, ...pool, isBroken: pool.isBroken ?? dialer.isBroken });
}
