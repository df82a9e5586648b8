import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { before, describe, it } from 'mocha';
import { type ExposedMetrics, exposedMetrics } from './exposed-metrics.js';
import { grafanaQueries } from './grafana.js';

const root = new URL('../../../', import.meta.url);
const documents = [
  'README.md',
  'deploy/prometheus/alerts.yml',
  ...readdirSync(new URL('docs', root))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];
const NAME = /\b(?:grpc|connpool|middleware)_[a-z0-9_]+\b/g;

describe('metrics that are written about', () => {
  let metrics: ExposedMetrics;

  before(async () => {
    metrics = await exposedMetrics();
  });

  it('are read from what is really exposed, with both prefixes', () => {
    for (const name of ['grpc_pool_size', 'connpool_pool_size', 'middleware_requests_total']) {
      assert.ok(metrics.has(name), name);
    }
    assert.deepEqual([...metrics.get('connpool_node_breaker_state')!], ['cluster', 'node']);
  });

  for (const document of documents) {
    it(`exist, in ${document}`, () => {
      const text = readFileSync(new URL(document, root), 'utf8');
      const unknown = [...new Set(text.match(NAME) ?? [])].filter((name) => !isExposed(metrics, name));
      assert.deepEqual(unknown, []);
    });
  }

  it('are all explained in docs/operations.md', () => {
    const text = readFileSync(new URL('docs/operations.md', root), 'utf8');
    const names = [...metrics.keys()].filter((name) => name.startsWith('connpool_'));
    const explained = (name: string) => {
      const short = name.replace(/^connpool_/, '').replace(/_(bucket|sum|count)$/, '');
      return text.includes(`\`${short}\``) || text.includes(`\`${name}\``);
    };
    assert.deepEqual(
      names.filter((name) => !explained(name)),
      [],
    );
  });

  for (const prefix of ['grpc', 'connpool']) {
    it(`exist, in the Grafana dashboard for ${prefix}`, () => {
      const queries = grafanaQueries(prefix);
      assert.ok(queries.length > 20);
      for (const { panel, expr } of queries) {
        const names = expr.match(NAME) ?? [];
        assert.ok(names.length > 0, `${panel}: ${expr}`);
        for (const name of names) assert.ok(metrics.has(name), `${panel}: ${name}`);
      }
    });
  }

  it('have the labels that the Grafana dashboard shows in its legends', () => {
    for (const { panel, expr, legendLabels } of grafanaQueries('connpool')) {
      const [name] = expr.match(NAME)!;
      for (const label of legendLabels)
        assert.ok(metrics.get(name)?.has(label), `${panel}: ${name}{${label}}`);
    }
  });
});

/** A histogram may be named without the suffix of its series. */
function isExposed(metrics: ExposedMetrics, name: string): boolean {
  return metrics.has(name) || metrics.has(`${name}_bucket`);
}
