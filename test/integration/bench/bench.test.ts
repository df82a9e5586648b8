import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../../..', import.meta.url));

describe('npm run bench', function () {
  this.timeout(120_000);

  it('measures every pool in every case and writes the ratios to a file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'connpool-bench-'));
    try {
      const out = join(folder, 'results.json');
      await promisify(execFile)(
        process.execPath,
        ['--import', 'tsx', 'bench/pools/run.ts', '--quick', '--out', out],
        { cwd: root, env: { ...process.env, NODE_V8_COVERAGE: undefined } },
      );
      const { results } = JSON.parse(await readFile(out, 'utf8'));
      const pools = ['connpool', 'generic-pool', 'lightning-pool', 'tarn', 'sequelize-pool'];
      assert.deepEqual(Object.keys(results), ['idle get+close', '64 callers on 10 connections']);
      for (const measured of Object.values(results) as Record<string, { ns: number; ratio: number }>[]) {
        for (const pool of pools) assert.ok((measured[pool]?.ns ?? 0) > 0, pool);
        assert.equal(measured.connpool?.ratio, 1);
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
