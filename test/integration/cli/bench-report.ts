import assert from 'node:assert/strict';
import type { BenchReport } from '../../../lib/cli/bench/report.js';
import type { CliRun } from './cli-process.js';

/** What `bench --json` has printed: one line of JSON and nothing else. */
export function reportOf({ stdout, stderr }: CliRun): BenchReport {
  assert.match(stdout, /^\{.*\}\n$/, `stdout: ${stdout}\nstderr: ${stderr}`);
  const report = JSON.parse(stdout) as BenchReport;
  for (const { calls, callsPerSecond, latencyMs } of report.runs) {
    assert.equal(calls.started, calls.results + calls.errors);
    assert.equal(calls.lost, 0);
    assert.ok(callsPerSecond > 0 || calls.results === 0);
    assert.ok(latencyMs.p50 <= latencyMs.p99 && latencyMs.p99 <= latencyMs.max);
  }
  return report;
}
