import type { CloseReason } from '../../pool/options.js';
import type { PoolStats } from '../../pool/stats.js';
import { describeLatency, type LatencyMs } from '../load/latency.js';
import type { Load } from '../load/load.js';
import type { DemoCluster } from './demo-cluster.js';

/** What a run of the demo came to; `--json` prints it as it is. */
export interface Summary {
  calls: { started: number; results: number; errors: number; lost: number };
  errorsByKind: Record<string, number>;
  seconds: number;
  callsPerSecond: number;
  latencyMs: LatencyMs;
  servers: number;
  serverRestarts: number;
  /** Whether it was ended early. */
  interrupted: boolean;
  /** Connections that were opened, and those of them that were closed, by reason. */
  connections: { opened: number; closed: Partial<Record<CloseReason, number>> };
  /** The figures of all pools together, after they were closed. */
  pool: PoolStats;
}

/** What a summary is made from. */
export interface DemoRun {
  readonly load: Load;
  readonly demo: DemoCluster;
  readonly seconds: number;
  readonly serverRestarts: number;
  readonly interrupted: boolean;
}

/** Sums a run up, once its pools are closed. */
export function summarise({ load, demo, seconds, ...rest }: DemoRun): Summary {
  const { pools, connections } = demo;
  return {
    calls: { started: load.started, results: load.results, errors: load.errorCount, lost: load.lost },
    errorsByKind: Object.fromEntries(load.errors),
    seconds: Math.round(seconds * 1_000) / 1_000,
    callsPerSecond: Math.round(load.results / seconds),
    latencyMs: load.latency.percentiles(),
    servers: pools.length,
    ...rest,
    connections: { opened: connections.opened, closed: connections.closed },
    pool: { ...addUp(pools.map((pool) => pool.stats())), name: 'echo' },
  };
}

/** The sum of every figure; words are those of the first. */
export function addUp(pools: readonly PoolStats[]): PoolStats {
  return pools.reduce((sum, stats) => add(sum, stats) as PoolStats);
}

function add(a: unknown, b: unknown): unknown {
  if (typeof a === 'number' && typeof b === 'number') return a + b;
  if (typeof a !== 'object' || a === null || typeof b !== 'object' || b === null) return a;
  const other = b as Record<string, unknown>;
  return Object.fromEntries(Object.entries(a).map(([key, value]) => [key, add(value, other[key])]));
}

export function describeSummary(s: Summary): string {
  const { calls, pool } = s;
  const closed = Object.entries(s.connections.closed);
  const errors = Object.entries(s.errorsByKind).map(([kind, count]) => {
    const why = kind === 'EchoError' ? ' (on purpose: the exception that the IDL declares)' : '';
    return `    ${count} x ${kind}${why}`;
  });
  return [
    '',
    `Calls        ${calls.started} started = ${calls.results} results + ${calls.errors} errors, ${calls.lost} lost`,
    ...(errors.length > 0 ? ['Errors', ...errors] : []),
    `Throughput   ${s.callsPerSecond} results/s over ${s.seconds} s, server restarted ${s.serverRestarts} time(s)`,
    `Latency      ${describeLatency(s.latencyMs)}`,
    `Connections  ${s.connections.opened} opened (${pool.dials} dials, ${pool.dialErrors} failed), closed: ` +
      (closed.map(([reason, count]) => `${count} ${reason}`).join(', ') || 'none'),
    `Pool         gets ${pool.gets}, waits ${pool.waits} (${Math.round(pool.waitMsTotal)} ms in all), ` +
      `timeouts ${pool.waitTimeouts}, rejected ${pool.rejected}, heartbeats ${pool.heartbeats} ` +
      `(${pool.heartbeatErrors} failed), open ${pool.open}, leaks ${pool.leaks}`,
    '',
  ].join('\n');
}
