import type { Measurement } from '../../../lib/cli/bench/measure.js';
import { ConnPool } from '../../../lib/pool/conn-pool.js';

/** What measuring a pool of this size might come to. */
export function measurement(
  maxActive: number,
  callsPerSecond: number,
  { errors = 0, kind = 'Error' }: { errors?: number; kind?: string } = {},
): Measurement {
  const started = 10_000;
  return {
    maxActive,
    calls: { started, results: started - errors, errors, lost: 0 },
    errorsByKind: errors === 0 ? {} : { [kind]: errors },
    seconds: 10,
    callsPerSecond,
    latencyMs: { p50: 0.5, p90: 1.25, p99: 12.34, p999: 123.4, max: 1_234 },
    meanWaitMs: 0.25,
    pool: new ConnPool({ dial: () => ({}), close() {}, name: 'bench', maxActive }).stats(),
  };
}
