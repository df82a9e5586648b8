import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { CLUSTER_ROWS } from '../../../lib/observe/cluster-rows.js';
import { POOL_INSTRUMENTS } from '../../../lib/observe/otel/pool-instruments.js';
import { POOL_ROWS } from '../../../lib/observe/pool-rows.js';
import { POOL_METRICS } from '../../../lib/observe/prometheus/pool-metrics.js';

const guide = readFileSync(new URL('../../../docs/observability.md', import.meta.url), 'utf8');
const [, section] = /^## What is measured$([\s\S]*?)^## /m.exec(guide)!;
const rows = section!.split('\n').filter((line) => /^\| [`–]/.test(line));

/** They are recorded call by call, and are in no list. */
const HISTOGRAMS = {
  prometheus: ['request_duration_seconds'],
  otel: ['<namespace>.create_time', '<namespace>.use_time', '<namespace>.wait_time'],
};
const KINDS = { counter: 'counter', upDownCounter: 'up-down counter', gauge: 'gauge' };

/** The names of metrics in a column of the table, each once. */
function namesIn(column: number): string[] {
  const cells = rows.map((row) => row.split(' | ')[column]!);
  return [...new Set(cells.flatMap((cell) => /`(.*?)`/.exec(cell)?.slice(1) ?? []))].sort();
}

describe('docs/observability.md', () => {
  it('has every metric that Prometheus and OpenTelemetry share, with its kind, unit and labels', () => {
    for (const { prometheus, otel, kind, unit, labels } of [...POOL_ROWS, ...CLUSTER_ROWS]) {
      const start = `| \`${prometheus}\` | \`${otel}\` | ${KINDS[kind]} | ${unit} | ${labels.join(', ')} | `;
      assert.ok(
        rows.some((row) => row.startsWith(start)),
        start,
      );
    }
  });

  it('has the labels of every metric of Prometheus', () => {
    for (const { name, labels } of POOL_METRICS) {
      const row = rows.find((line) => line.startsWith(`| \`${name}\` | `));
      assert.equal(row?.split(' | ')[4], labels.join(', '), name);
    }
  });

  it('names just the metrics that there are', () => {
    const prometheus = [...POOL_METRICS.map(({ name }) => name), ...HISTOGRAMS.prometheus];
    assert.deepEqual(namesIn(0), prometheus.sort());
    const otel = [...POOL_INSTRUMENTS.map(({ name }) => name), ...HISTOGRAMS.otel];
    assert.deepEqual(namesIn(1), otel.sort());
  });
});
