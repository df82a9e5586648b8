import type { CloseReason, PoolStats } from 'connpool';
import type { ConnectionCount } from './connection-count.js';
import type { Load } from './load.js';

/** What a run came to; `--json` prints it as it is. */
export interface Summary {
  calls: { started: number; results: number; errors: number; lost: number };
  errorsByKind: Record<string, number>;
  seconds: number;
  callsPerSecond: number;
  latencyMs: Record<'p50' | 'p90' | 'p99' | 'p999' | 'max', number>;
  serverRestarts: number;
  /** Connections that were opened, and those of them that were closed, by reason. */
  connections: { opened: number; closed: Partial<Record<CloseReason, number>> };
  pool: PoolStats;
}

export function summarise(
  load: Load,
  pool: PoolStats,
  seconds: number,
  serverRestarts: number,
  connections: ConnectionCount,
): Summary {
  const ms = (us: number) => Math.round(us) / 1_000;
  const percentile = (p: number) => ms(load.latencyUs.getValueAtPercentile(p));
  return {
    calls: { started: load.started, results: load.results, errors: load.errorCount, lost: load.lost },
    errorsByKind: Object.fromEntries(load.errors),
    seconds: Math.round(seconds * 1_000) / 1_000,
    callsPerSecond: Math.round(load.results / seconds),
    latencyMs: {
      p50: percentile(50),
      p90: percentile(90),
      p99: percentile(99),
      p999: percentile(99.9),
      max: ms(load.latencyUs.maxValue),
    },
    serverRestarts,
    connections: { opened: connections.opened, closed: connections.closed },
    pool,
  };
}

export function describe(s: Summary): string {
  const { calls, pool } = s;
  const closed = Object.entries(s.connections.closed);
  const errors = Object.entries(s.errorsByKind).map(([kind, count]) => {
    const why = kind === 'EchoError' ? ' (on purpose: the exception that the IDL declares)' : '';
    return `    ${count} x ${kind}${why}`;
  });
  const latency = Object.entries(s.latencyMs).map(
    ([name, value]) => `${name.replace('p999', 'p99.9')} ${value} ms`,
  );
  return [
    '',
    `Calls        ${calls.started} started = ${calls.results} results + ${calls.errors} errors, ${calls.lost} lost`,
    ...(errors.length > 0 ? ['Errors', ...errors] : []),
    `Throughput   ${s.callsPerSecond} results/s over ${s.seconds} s, server restarted ${s.serverRestarts} time(s)`,
    `Latency      ${latency.join(', ')}`,
    `Connections  ${s.connections.opened} opened (${pool.dials} dials, ${pool.dialErrors} failed), closed: ` +
      (closed.map(([reason, count]) => `${count} ${reason}`).join(', ') || 'none'),
    `Pool         gets ${pool.gets}, waits ${pool.waits} (${Math.round(pool.waitMsTotal)} ms in all), ` +
      `timeouts ${pool.waitTimeouts}, rejected ${pool.rejected}, heartbeats ${pool.heartbeats} ` +
      `(${pool.heartbeatErrors} failed), open ${pool.open}, leaks ${pool.leaks}`,
    '',
  ].join('\n');
}
