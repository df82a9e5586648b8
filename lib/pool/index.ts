export { ConnPool } from './conn-pool.js';
export {
  ConnPoolError,
  DialError,
  DialTimeoutError,
  HeartbeatError,
  InvalidOptionError,
  PoolClosedError,
  PoolExhaustedError,
  TransportClosedError,
  type WaitPhase,
  WaitQueueFullError,
  WaitTimeoutError,
} from './errors.js';
export type { ConnPoolEvents, LeakReport } from './events.js';
export type {
  CloseContext,
  CloseReason,
  ConnPoolOptions,
  DialContext,
  GetOptions,
  HookContext,
  PoolLimits,
} from './options.js';
export type { SourceStats } from './source-stats.js';
export type { PoolStats } from './stats.js';
export type { CloseMessage, DialMessage, GetMessage } from './tracing.js';
export type { Transport } from './transport.js';
export type { TransportSource } from './transport-source.js';
