import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { POOL_INSTRUMENTS } from '../../../lib/observe/otel/pool-instruments.js';
import { POOL_METRICS } from '../../../lib/observe/prometheus/pool-metrics.js';

const guide = readFileSync(new URL('../../../docs/observability.md', import.meta.url), 'utf8');
const rows = guide.split('\n').filter((line) => line.startsWith('| `'));

describe('docs/observability.md', () => {
  it('has every metric of collectPools for Prometheus, with its type and labels', () => {
    for (const { name, type, labels } of POOL_METRICS) {
      assert.ok(
        rows.some((row) => row.startsWith(`| \`${name}\` | ${type} | ${labels.join(', ')} |`)),
        name,
      );
    }
  });

  it('has every metric of collectPools for OpenTelemetry, with its kind and unit', () => {
    const kinds = { counter: 'counter', upDownCounter: 'up-down counter', gauge: 'gauge' };
    for (const { name, kind, unit, conventional } of POOL_INSTRUMENTS) {
      const full = conventional ? `<namespace>.${name}` : name;
      assert.ok(
        rows.some((row) => row.startsWith(`| \`${full}\` | ${kinds[kind]} | ${unit} |`)),
        full,
      );
    }
  });
});
