import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { before, describe, it } from 'mocha';
import { parse } from 'yaml';
import { needs } from '../../support/needs.js';
import { grafanaQueries } from './grafana.js';
import { promtool } from './promtool.js';

const file = fileURLToPath(new URL('../../../deploy/prometheus/alerts.yml', import.meta.url));
const prometheusConfig = fileURLToPath(new URL('../../../deploy/prometheus/prometheus.yml', import.meta.url));
const STEP = '15s';
const STEPS = 60;

/** Series of a service that is well, by metric and labels: 15 minutes of them. */
const CALM = {
  'pool_active_connections{pool="p", cluster="c", node="n"}': '5x60',
  'pool_max_connections{pool="p", cluster="c", node="n"}': '10x60',
  'pool_wait_timeouts_total{pool="p", cluster="c", node="n"}': '0x60',
  'pool_rejected_total{pool="p", cluster="c", node="n"}': '0x60',
  'dials_total{pool="p", cluster="c", node="n"}': '0+20x60',
  'dial_errors_total{pool="p", cluster="c", node="n"}': '0x60',
  'leaks_total{pool="p", cluster="c", node="n"}': '0x60',
  'requests_total{pool="p", cluster="c", node="n"}': '0+100x60',
  'request_errors_total{pool="p", cluster="c", node="n"}': '0x60',
  'node_breaker_state{cluster="c", node="n"}': '0x60',
  'cluster_nodes{cluster="c"}': '3x60',
  'cluster_unhealthy_nodes{cluster="c"}': '0x60',
  'cluster_panicking{cluster="c"}': '0x60',
  'service_discovery_errors_total{cluster="c"}': '0x60',
  'service_ready{service="c"}': '1x60',
  'config_last_reload_successful{}': '1x60',
} as const;

interface Scenario {
  /** Series that differ from the calm ones, by metric. */
  readonly series: Readonly<Record<string, string>>;
  readonly fires: readonly string[];
}

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  'nothing is wrong': { series: {}, fires: [] },
  'nothing happens at all': { series: { dials_total: '5x60', requests_total: '7x60' }, fires: [] },
  'nine of ten connections are in use': {
    series: { pool_active_connections: '9x60' },
    fires: ['ConnpoolUsageHigh'],
  },
  'eight of ten connections are in use': { series: { pool_active_connections: '8x60' }, fires: [] },
  'all connections were in use for a minute': {
    series: { pool_active_connections: '5x55 10x4 10' },
    fires: [],
  },
  'calls wait in vain': {
    series: { pool_wait_timeouts_total: '0+1x60' },
    fires: ['ConnpoolCallsUnserved'],
  },
  'calls are refused at once': {
    series: { pool_rejected_total: '0+1x60' },
    fires: ['ConnpoolCallsUnserved'],
  },
  'one dial in five fails': { series: { dial_errors_total: '0+4x60' }, fires: ['ConnpoolDialFailures'] },
  'one dial in twenty fails': { series: { dial_errors_total: '0+1x60' }, fires: [] },
  'discovery fails again and again': {
    series: { service_discovery_errors_total: '0+1x60' },
    fires: ['ConnpoolDiscoveryErrors'],
  },
  'discovery failed once, long ago': {
    series: { service_discovery_errors_total: '0x5 1x55' },
    fires: [],
  },
  'a breaker is open': { series: { node_breaker_state: '0x30 2x30' }, fires: ['ConnpoolBreakerOpen'] },
  'every trial of an open breaker fails': {
    series: { node_breaker_state: `0x30${' 2 1'.repeat(15)}` },
    fires: ['ConnpoolBreakerOpen'],
  },
  'a breaker opens and closes': { series: { node_breaker_state: `0x30${' 2 0'.repeat(15)}` }, fires: [] },
  'an endpoint fails its checks': {
    series: { cluster_unhealthy_nodes: '1x60' },
    fires: ['ConnpoolEndpointsUnhealthy'],
  },
  'two endpoints of three fail and health is ignored': {
    series: { cluster_unhealthy_nodes: '2x60', cluster_panicking: '0x30 1x30' },
    fires: ['ConnpoolEndpointsUnhealthy', 'ConnpoolPanic'],
  },
  'health has been ignored for half a minute': { series: { cluster_panicking: '0x57 1x2' }, fires: [] },
  'no endpoint passes its checks': {
    series: { cluster_unhealthy_nodes: '3x60' },
    fires: ['ConnpoolEndpointsUnhealthy', 'ConnpoolNoEndpoint'],
  },
  'discovery finds no endpoint': { series: { cluster_nodes: '0x60' }, fires: ['ConnpoolNoEndpoint'] },
  'a service is not ready': { series: { service_ready: '0x60' }, fires: ['ConnpoolServiceNotReady'] },
  'a new config was refused': {
    series: { config_last_reload_successful: '1x55 0x5' },
    fires: ['ConnpoolConfigNotInForce'],
  },
  'one call in ten fails': { series: { request_errors_total: '0+10x60' }, fires: ['ConnpoolCallsFail'] },
  'one call in a hundred fails': { series: { request_errors_total: '0+1x60' }, fires: [] },
  'a connection is not given back': { series: { leaks_total: '0x40 1x20' }, fires: ['ConnpoolLeak'] },
};

describe('Prometheus alert rules', () => {
  before(function () {
    needs(this, 'promtool');
  });

  it('are valid, and so is the config that loads them', async () => {
    assert.match(await promtool(['check', 'rules', file]), /SUCCESS: \d+ rules found/);
    assert.match(await promtool(['check', 'config', prometheusConfig]), /SUCCESS/);
  });

  for (const prefix of ['grpc', 'connpool']) {
    for (const [title, { series, fires }] of Object.entries(SCENARIOS)) {
      it(`${fires.length === 0 ? 'keep quiet' : 'fire'} for ${prefix} when ${title}`, () =>
        promtool(['test', 'rules'], testOf(prefix, series, fires)));
    }
  }

  it('fire each in one of these cases, and are explained in docs/troubleshooting.md', () => {
    const { groups } = parse(readFileSync(file, 'utf8')) as {
      groups: { rules: { alert: string; annotations: { runbook: string } }[] }[];
    };
    const rules = groups.flatMap((group) => group.rules);
    const fired = new Set(Object.values(SCENARIOS).flatMap((scenario) => scenario.fires));
    assert.deepEqual(rules.map(({ alert }) => alert).sort(), [...fired].sort());
    const guide = readFileSync(new URL('../../../docs/troubleshooting.md', import.meta.url), 'utf8');
    const anchors = [...guide.matchAll(/^#+ (.+)$/gm)].map(([, title]) =>
      title!
        .toLowerCase()
        .replace(/[^a-z0-9 -]/g, '')
        .replaceAll(' ', '-'),
    );
    for (const { alert, annotations } of rules) {
      assert.ok(guide.includes(`\`${alert}\``), alert);
      assert.ok(anchors.includes(annotations.runbook.split('#')[1] ?? ''), annotations.runbook);
    }
  });

  it('speak the language that the queries of the Grafana dashboard speak', async () => {
    const rules = ['grpc', 'connpool'].flatMap((prefix) =>
      grafanaQueries(prefix).map(({ expr }, i) => ({ record: `${prefix}:query_${i}`, expr })),
    );
    await promtool(['check', 'rules'], { groups: [{ name: 'grafana', rules }] });
  });
});

/** These have the same names whatever the services speak. */
const MANAGERS_OWN = /^(service_ready|config_)/;

/** What promtool is to check: exactly these alerts fire at the end of the series. */
function testOf(prefix: string, changed: Readonly<Record<string, string>>, fires: readonly string[]): object {
  const input_series = Object.entries(CALM).map(([series, values]) => ({
    series: `${MANAGERS_OWN.test(series) ? 'connpool' : prefix}_${series.replace('{', '{job="j", instance="i", ')}`,
    values: changed[series.replace(/\{.*/, '')] ?? values,
  }));
  const exp_samples = fires.map((alertname) => ({
    labels: `{alertname="${alertname}"}`,
    value: 1,
  }));
  const expr = 'count by (alertname) (ALERTS{alertstate="firing"})';
  const eval_time = `${STEPS * Number.parseInt(STEP, 10)}s`;
  return {
    rule_files: [file],
    evaluation_interval: STEP,
    tests: [{ interval: STEP, input_series, promql_expr_test: [{ expr, eval_time, exp_samples }] }],
  };
}
