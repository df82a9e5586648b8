import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { clusterMeasurements } from '../../../bench/cluster/plan.js';
import { plan } from '../../../bench/pools/plan.js';
import { thriftMeasurement } from '../../../bench/pools/thrift-measurement.js';
import type { Figures, Measurement } from '../../../bench/side-by-side.js';

interface Report {
  readonly machine: { readonly node: string };
  readonly results: Record<string, { readonly rows: Record<string, Figures> }>;
  readonly goals?: readonly { aim: string; limit: number; found: number; met: boolean }[];
}

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** What a short run of the script writes. */
async function runQuickly(script: string): Promise<Report> {
  const folder = await mkdtemp(join(tmpdir(), 'connpool-bench-'));
  try {
    const out = join(folder, 'results.json');
    await promisify(execFile)(process.execPath, ['--import', 'tsx', script, '--quick', '--out', out], {
      cwd: root,
    });
    return JSON.parse(await readFile(out, 'utf8'));
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Every contender of every measurement has a figure and a ratio; the first one is what the others are compared to. */
function assertComplete({ results, machine }: Report, measurements: readonly Measurement[]): void {
  assert.equal(machine.node, process.version);
  assert.deepEqual(
    Object.keys(results),
    measurements.map(({ title }) => title),
  );
  for (const { title, rows } of measurements) {
    const measured = Object.entries(results[title]!.rows);
    assert.deepEqual(
      measured.map(([name]) => name),
      Object.keys(rows),
    );
    for (const [name, { figure, ratio }] of measured) assert.ok(figure > 0 && ratio > 0, `${title}: ${name}`);
    assert.equal(measured[0]?.[1].ratio, 1);
  }
}

describe('the benchmarks', function () {
  this.timeout(120_000);

  it('measure every pool in every case, and write figures, ratios and goals to a file', async () => {
    const report = await runQuickly('bench/pools/run.ts');
    assertComplete(report, [...plan(true), thriftMeasurement('0', true)]);
    assert.equal(report.goals?.length, 5);
    for (const { aim, limit, found, met } of report.goals) {
      assert.ok(found > 0, aim);
      assert.equal(met, found <= limit, aim);
    }
  });

  it('measure a call through a cluster beside a pool and other breakers', async () => {
    assertComplete(await runQuickly('bench/cluster.ts'), clusterMeasurements(true));
  });
});
