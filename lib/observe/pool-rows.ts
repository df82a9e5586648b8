import { closedByReason, finite, seconds } from './figures.js';
import { type MetricRow, POOL_LABELS, poolCounter, poolGauge, poolSum, row } from './metric-row.js';
import { createdCount, requestCount } from './sources.js';

/** The metrics of pools. */
export const POOL_ROWS: readonly MetricRow[] = [
  poolSum(
    ['pool_dialing_connections', 'connpool.connection.dialing', '{connection}'],
    'Dials under way.',
    ({ stats }) => stats.dialing,
  ),
  poolSum(
    ['pool_closing_connections', 'connpool.connection.closing', '{connection}'],
    'Connections whose close has not ended; they count against no limit any more.',
    ({ stats }) => stats.closing,
  ),
  poolSum(
    ['pool_waiting_requests', '<namespace>.pending_requests', '{request}'],
    'Calls that wait for a connection.',
    ({ stats }) => stats.waiting,
  ),
  poolSum(
    ['pool_max_connections', '<namespace>.limit', '{connection}'],
    'Most connections open at once; left out where there is no limit.',
    ({ stats }) => finite(stats.maxActive),
  ),
  poolSum(
    ['pool_max_idle_connections', '<namespace>.idle.max', '{connection}'],
    'Most idle connections kept; left out where there is no limit.',
    ({ stats }) => finite(stats.maxIdle),
  ),
  poolGauge(
    ['pool_paused', 'connpool.pool.paused', '1'],
    'Whether the pool is paused and lets all calls wait: 1 or 0.',
    ({ stats }) => Number(stats.state === 'paused'),
  ),
  poolCounter(
    ['connections_created_total', 'connpool.connection.created', '{connection}'],
    'Connections opened.',
    createdCount,
  ),
  row(
    'counter',
    [...POOL_LABELS, 'reason'],
    ['connections_destroyed_total', 'connpool.connection.closed', '{connection}'],
    'Connections closed, by reason.',
    closedByReason,
  ),
  poolCounter(
    ['connections_detached_total', 'connpool.connection.detached', '{connection}'],
    'Connections taken out of the pool for good by callers.',
    ({ stats }) => stats.detached,
  ),
  poolCounter(
    ['dials_total', 'connpool.connection.dials', '{attempt}'],
    'Dial attempts.',
    ({ stats }) => stats.dials,
  ),
  poolCounter(
    ['dial_errors_total', 'connpool.connection.dial_errors', '{attempt}'],
    'Dial attempts that failed.',
    ({ stats }) => stats.dialErrors,
  ),
  poolCounter(
    ['heartbeats_total', 'connpool.connection.heartbeats', '{heartbeat}'],
    'Heartbeats sent.',
    ({ stats }) => stats.heartbeats,
  ),
  poolCounter(
    ['heartbeat_errors_total', 'connpool.connection.heartbeat_errors', '{heartbeat}'],
    'Heartbeats that failed.',
    ({ stats }) => stats.heartbeatErrors,
  ),
  poolCounter(
    ['leaks_total', 'connpool.connection.leaks', '{connection}'],
    'Connections reported as held too long.',
    ({ stats }) => stats.leaks,
  ),
  poolCounter(
    ['requests_total', 'connpool.requests', '{request}'],
    'Calls: of the node in a cluster, else for a connection.',
    requestCount,
  ),
  poolCounter(
    ['request_errors_total', 'connpool.requests.failed', '{request}'],
    'Calls of the node that failed.',
    ({ node }) => node?.failures,
  ),
  poolCounter(
    ['pool_waits_total', 'connpool.requests.queued', '{request}'],
    'Calls that queued for a connection.',
    ({ stats }) => stats.waits,
  ),
  poolCounter(
    ['pool_wait_seconds_total', 'connpool.requests.queue_time', 's'],
    'Time that calls queued for a connection.',
    ({ stats }) => seconds(stats.waitMsTotal),
  ),
  poolCounter(
    ['pool_wait_timeouts_total', '<namespace>.timeouts', '{timeout}'],
    'Calls that got no connection in time.',
    ({ stats }) => stats.waitTimeouts,
  ),
  poolCounter(
    ['pool_rejected_total', 'connpool.requests.rejected', '{request}'],
    'Calls refused at once: pool exhausted or queue full.',
    ({ stats }) => stats.rejected,
  ),
];
